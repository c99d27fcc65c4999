import { type DynamicModule, Module } from '@nestjs/common';
import { Eventing, type Transport } from '#libs/eventing';
import { AccessLog } from '#libs/shared/access';
import { parkedController } from '#libs/shared/parked';
import { ServiceModule } from '#libs/shared/service';
import type { NormalizationConfig } from './config.js';
import { MatchController } from './match/match.controller.js';
import { ConversionPool } from './record/conversion.pool.js';
import { RECORDS, recordDefinition } from './record/record.cases.js';
import { RecordConsumer } from './record/record.consumer.js';
import { RecordController } from './record/record.controller.js';
import { CONCURRENCY, RecordWorker } from './record/record.worker.js';

@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the shape Nest asks of a dynamic module
export class AppModule {
  static register(config: NormalizationConfig, transport: Transport): DynamicModule {
    return {
      module: AppModule,
      imports: [ServiceModule.register('normalization', config, transport)],
      controllers: [RecordController, MatchController, RecordConsumer, parkedController('normalization')],
      providers: [
        { provide: RECORDS, inject: [Eventing], useFactory: (eventing: Eventing) => eventing.cases(recordDefinition) },
        {
          provide: ConversionPool,
          useFactory: () =>
            new ConversionPool({
              threads: config.CONVERSION_THREADS,
              secondsMax: config.CONVERSION_SECONDS_MAX,
              memoryMbMax: config.CONVERSION_MEMORY_MB_MAX,
            }),
        },
        { provide: CONCURRENCY, useValue: config.CONVERSION_THREADS },
        AccessLog,
        RecordWorker,
      ],
    };
  }
}
