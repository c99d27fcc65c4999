import { runService } from '#libs/shared/service';
import { AppModule } from './app.module.js';
import { deliveryConfig } from './config.js';

await runService({
  service: 'delivery',
  config: () => deliveryConfig(),
  module: (config, transport) => AppModule.register(config, transport),
});
