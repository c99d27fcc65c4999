import { runService } from '#libs/shared/service';
import { AppModule } from './app.module.js';
import { consentConfig } from './config.js';

await runService({ service: 'consent', config: consentConfig, module: (config, transport) => AppModule.register(config, transport) });
