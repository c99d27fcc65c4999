import { runService } from '#libs/shared/service';
import { AppModule } from './app.module.js';
import { ingestionConfig } from './config.js';

await runService({ service: 'ingestion', config: ingestionConfig, module: (config, transport) => AppModule.register(config, transport) });
