import { runService } from '#libs/shared/service';
import { AppModule } from './app.module.js';
import { normalizationConfig } from './config.js';

await runService({
  service: 'normalization',
  config: () => normalizationConfig(),
  module: (config, transport) => AppModule.register(config, transport),
});
