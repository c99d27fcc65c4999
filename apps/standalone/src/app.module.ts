import { type DynamicModule, Module } from '@nestjs/common';
import type { ServiceName } from '#libs/contracts';
import type { Transport } from '#libs/eventing';
import { AppModule as Audit } from '../../audit/src/app.module.js';
import { auditConfig } from '../../audit/src/config.js';
import { AppModule as Consent } from '../../consent/src/app.module.js';
import { consentConfig } from '../../consent/src/config.js';
import { AppModule as Delivery } from '../../delivery/src/app.module.js';
import { deliveryConfig } from '../../delivery/src/config.js';
import { AppModule as Ingestion } from '../../ingestion/src/app.module.js';
import { ingestionConfig } from '../../ingestion/src/config.js';
import { AppModule as Normalization } from '../../normalization/src/app.module.js';
import { normalizationConfig } from '../../normalization/src/config.js';

/** The five services in one process. Each keeps its own database, settings and port to the bus: only the wiring is here. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the shape Nest asks of a dynamic module
export class StandaloneModule {
  static register(transports: Record<ServiceName, Transport>): DynamicModule {
    return {
      module: StandaloneModule,
      imports: [
        Ingestion.register(ingestionConfig(), transports.ingestion),
        Normalization.register(normalizationConfig(), transports.normalization),
        Consent.register(consentConfig(), transports.consent),
        Delivery.register(deliveryConfig(), transports.delivery),
        Audit.register(auditConfig(), transports.audit),
      ],
    };
  }
}
