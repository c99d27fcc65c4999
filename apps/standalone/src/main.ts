import { type ServiceName, serviceNames } from '#libs/contracts';
import { InProcessBus, inProcessTransport, type Transport } from '#libs/eventing';
import { runApp, startOrExplain } from '#libs/shared/service';
import { StandaloneModule } from './app.module.js';
import { readConfig } from './config.js';

await startOrExplain(async () => {
  const config = readConfig();
  const bus = new InProcessBus();
  // Object.fromEntries forgets the keys it was given; they are the service names.
  const transports = Object.fromEntries(serviceNames.map((service) => [service, inProcessTransport(bus, service)])) as Record<
    ServiceName,
    Transport
  >;
  await runApp({ title: 'Bulfinch', config, transports: Object.values(transports), module: StandaloneModule.register(transports) });
});
