import { type DynamicModule, Module } from '@nestjs/common';
import { Eventing, type Transport } from '#libs/eventing';
import { AccessLog } from '#libs/shared/access';
import { parkedController } from '#libs/shared/parked';
import { ServiceModule } from '#libs/shared/service';
import { CONFIG, type ConsentConfig } from './config.js';
import { ConsentController } from './consent/consent.controller.js';
import { CONSENTS, ConsentRepository } from './consent/consent.repository.js';
import { ConsentService } from './consent/consent.service.js';
import { ConsentWorker } from './consent/consent.worker.js';
import { consentCases } from './consent/domain/consent.js';
import { DirectoryConsumer, RECIPIENTS, recipientCases } from './directory/directory.consumer.js';
import { releaseCases } from './release/domain/definition.js';
import { GateWorker } from './release/gate.worker.js';
import { ReleaseConsumer } from './release/release.consumer.js';
import { ReleaseController } from './release/release.controller.js';
import { RELEASES, ReleaseRepository } from './release/release.repository.js';
import { ReleaseService } from './release/release.service.js';
import { ReleaseWorker } from './release/release.worker.js';

/** Consent: keeps directives, decides what may leave, holds the gate, issues permits, revokes. All wiring stands here. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the shape Nest asks of a dynamic module
export class AppModule {
  static register(config: ConsentConfig, transport: Transport): DynamicModule {
    return {
      module: AppModule,
      imports: [ServiceModule.register('consent', config, transport)],
      controllers: [ConsentController, ReleaseController, ReleaseConsumer, DirectoryConsumer, parkedController('consent')],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: CONSENTS, inject: [Eventing], useFactory: (eventing: Eventing) => eventing.cases(consentCases) },
        { provide: RELEASES, inject: [Eventing], useFactory: (eventing: Eventing) => eventing.cases(releaseCases) },
        { provide: RECIPIENTS, inject: [Eventing], useFactory: (eventing: Eventing) => eventing.cases(recipientCases) },
        AccessLog,
        ConsentRepository,
        ReleaseRepository,
        ConsentService,
        ConsentWorker,
        ReleaseService,
        ReleaseWorker,
        GateWorker,
      ],
    };
  }
}
