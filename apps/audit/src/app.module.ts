import { type DynamicModule, Module } from '@nestjs/common';
import { Eventing, type Transport } from '#libs/eventing';
import { AccessLog } from '#libs/shared/access';
import { parkedController } from '#libs/shared/parked';
import { ServiceModule } from '#libs/shared/service';
import type { AuditConfig } from './config.js';
import { EntryRepository } from './log/entry.repository.js';
import { LogConsumer } from './log/log.consumer.js';
import { LogController } from './log/log.controller.js';
import { LogQuery } from './log/log.query.js';
import { LogService } from './log/log.service.js';
import { SUBJECTS, subjectDefinition } from './log/subject.cases.js';

@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the shape Nest asks of a dynamic module
export class AppModule {
  static register(config: AuditConfig, transport: Transport): DynamicModule {
    return {
      module: AppModule,
      imports: [ServiceModule.register('audit', config, transport)],
      controllers: [LogController, LogConsumer, parkedController('audit')],
      providers: [
        { provide: SUBJECTS, inject: [Eventing], useFactory: (eventing: Eventing) => eventing.cases(subjectDefinition) },
        AccessLog,
        EntryRepository,
        LogService,
        LogQuery,
      ],
    };
  }
}
