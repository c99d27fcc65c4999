import { readFile } from 'node:fs/promises';
import { type DynamicModule, Module } from '@nestjs/common';
import { Eventing, type Transport } from '#libs/eventing';
import { AccessLog } from '#libs/shared/access';
import { parkedController } from '#libs/shared/parked';
import { ServiceModule } from '#libs/shared/service';
import { CONFIG, type DeliveryConfig } from './config.js';
import { AttemptWorker } from './delivery/attempt.worker.js';
import { DeliveryConsumer } from './delivery/delivery.consumer.js';
import { DeliveryController } from './delivery/delivery.controller.js';
import { DELIVERIES, DeliveryRepository } from './delivery/delivery.repository.js';
import { deliveryDefinition } from './delivery/domain/definition.js';
import { Egress } from './delivery/egress.client.js';
import { FhirPushClient } from './delivery/fhir-push.client.js';
import { PackageWorker } from './delivery/package.worker.js';
import { ReadBackWorker } from './delivery/read-back.worker.js';
import { SmartTokens } from './delivery/smart-token.client.js';
import { ClientKeys } from './directory/client-keys.js';
import { DirectoryController } from './directory/directory.controller.js';
import { DirectoryRepository, PARTIES } from './directory/directory.repository.js';
import { DirectoryService } from './directory/directory.service.js';
import { partyDefinition } from './directory/domain/party.js';

@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the shape Nest asks of a dynamic module
export class AppModule {
  static register(config: DeliveryConfig, transport: Transport): DynamicModule {
    const policy = {
      firstMs: config.DELIVERY_BACKOFF_FIRST_MS,
      maxMs: config.DELIVERY_BACKOFF_MAX_MS,
      budgetMs: config.DELIVERY_BUDGET_MS,
    };
    return {
      module: AppModule,
      imports: [ServiceModule.register('delivery', config, transport)],
      controllers: [DirectoryController, DeliveryController, DeliveryConsumer, parkedController('delivery')],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: PARTIES, inject: [Eventing], useFactory: (eventing: Eventing) => eventing.cases(partyDefinition) },
        { provide: DELIVERIES, inject: [Eventing], useFactory: (eventing: Eventing) => eventing.cases(deliveryDefinition(policy)) },
        { provide: ClientKeys, useFactory: () => new ClientKeys(config.DELIVERY_CLIENT_KEYS_DIR) },
        {
          provide: SmartTokens,
          inject: [Egress, ClientKeys],
          useFactory: (egress: Egress, keys: ClientKeys) => new SmartTokens(egress, keys),
        },
        { provide: Egress, useFactory: () => egressFor(config.DELIVERY_TRUSTED_CA_FILE) },
        AccessLog,
        AttemptWorker,
        DeliveryRepository,
        DirectoryRepository,
        DirectoryService,
        FhirPushClient,
        PackageWorker,
        ReadBackWorker,
      ],
    };
  }
}

async function egressFor(trustedCaFile: string | undefined): Promise<Egress> {
  return trustedCaFile === undefined ? new Egress() : new Egress({ trustedCa: await readFile(trustedCaFile, 'utf8') });
}
