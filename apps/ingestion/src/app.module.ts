import { type DynamicModule, Module } from '@nestjs/common';
import { Eventing, type Transport } from '#libs/eventing';
import { AccessLog } from '#libs/shared/access';
import { parkedController } from '#libs/shared/parked';
import { ServiceModule } from '#libs/shared/service';
import { CONFIG, type IngestionConfig } from './config.js';
import { DirectoryConsumer } from './directory/directory.consumer.js';
import { DirectoryService, PARTIES } from './directory/directory.service.js';
import { partyDefinition } from './directory/domain/party.js';
import { DetectionPool } from './document/detection.pool.js';
import { DocumentController } from './document/document.controller.js';
import { DocumentService } from './document/document.service.js';
import { OpeningController } from './opening/opening.controller.js';
import { OpeningRepository } from './opening/opening.repository.js';
import { OpeningService } from './opening/opening.service.js';
import { linkDefinition } from './patient/domain/link.js';
import { LINKS, LinkService } from './patient/link.service.js';
import { PatientController } from './patient/patient.controller.js';
import { PatientRepository } from './patient/patient.repository.js';
import { PatientService } from './patient/patient.service.js';
import { ReferralController } from './referral/referral.controller.js';
import { ReferralRepository } from './referral/referral.repository.js';
import { SubmissionService } from './submission/submission.service.js';
import { transferDefinition } from './transfer/domain/transfer.js';
import { FinderService } from './transfer/finder.service.js';
import { TransferConsumer } from './transfer/transfer.consumer.js';
import { TransferController } from './transfer/transfer.controller.js';
import { TRANSFERS, TransferRepository } from './transfer/transfer.repository.js';
import { DeadlineWorker } from './transfer/transfer.worker.js';

/** Ingestion: takes documents in; opens and follows transfers. All wiring stands here. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the shape Nest asks of a dynamic module
export class AppModule {
  static register(config: IngestionConfig, transport: Transport): DynamicModule {
    return {
      module: AppModule,
      imports: [ServiceModule.register('ingestion', config, transport)],
      controllers: [
        OpeningController,
        TransferController,
        DocumentController,
        ReferralController,
        PatientController,
        TransferConsumer,
        DirectoryConsumer,
        parkedController('ingestion'),
      ],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: TRANSFERS, inject: [Eventing], useFactory: (eventing: Eventing) => eventing.cases(transferDefinition) },
        { provide: PARTIES, inject: [Eventing], useFactory: (eventing: Eventing) => eventing.cases(partyDefinition) },
        { provide: LINKS, inject: [Eventing], useFactory: (eventing: Eventing) => eventing.cases(linkDefinition) },
        AccessLog,
        TransferRepository,
        OpeningRepository,
        OpeningService,
        FinderService,
        DetectionPool,
        DocumentService,
        DeadlineWorker,
        PatientRepository,
        PatientService,
        LinkService,
        SubmissionService,
        ReferralRepository,
        DirectoryService,
      ],
    };
  }
}
