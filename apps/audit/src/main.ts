import { runService } from '#libs/shared/service';
import { AppModule } from './app.module.js';
import { auditConfig } from './config.js';

await runService({ service: 'audit', config: () => auditConfig(), module: (config, transport) => AppModule.register(config, transport) });
