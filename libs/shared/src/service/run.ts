import { type DynamicModule, Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { ServiceName } from '#libs/contracts';
import { kafkaTransport, type Transport } from '#libs/eventing';
import { type CommonConfig, ConfigProblem } from '../config/index.js';
import { createHttpApp, type PartStatus, tokenVerifier } from '../http/index.js';
import { httpMetrics, serviceMetrics } from './metrics.js';
import { ServiceLifecycle } from './service.module.js';

/** `node dist/apps/<service>/src/main.js --migrate` makes the indexes and ends: the explicit step before a production start. */
const migrateFlag = '--migrate';

/** A stop that takes longer is cut, ms: orchestrators kill after 30 s (design.md section 8: under 25 s). */
const stopTimeoutMs = 25_000;

/** One process: its module and the transports that its services use. */
export interface RunOptions {
  readonly title: string;
  readonly config: CommonConfig;
  readonly transports: readonly Transport[];
  readonly module: DynamicModule;
}

/** Starts one process with the given module: HTTP doors, consumers, workers; drains on SIGTERM and SIGINT. */
export async function runApp(options: RunOptions): Promise<NestFastifyApplication> {
  const { config, transports } = options;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  // Filled once the app exists; the doors ask later.
  let services: readonly ServiceLifecycle[] = [];
  const app = await createHttpApp(options.module, {
    title: options.title,
    verify: await tokenVerifier(config),
    ready: () => readiness(services, transports),
    metrics: () => registry.metrics(),
    answered: httpMetrics(registry),
  });
  for (const strategy of new Set(transports.map((transport) => transport.strategy))) app.connectMicroservice({ strategy });
  await app.init();
  services = app.get(ServiceLifecycle, { strict: false, each: true });
  serviceMetrics(registry, services);
  const migratesOnly = process.argv.includes(migrateFlag);
  if (migratesOnly || config.NODE_ENV !== 'production') for (const service of services) await service.migrate();
  if (migratesOnly) {
    await app.close();
    process.exit(0);
  }
  await app.startAllMicroservices();
  for (const service of services) await service.eventing.start();
  await app.listen(config.PORT, config.HOST);
  drainOnSignals(app);
  return app;
}

async function readiness(services: readonly ServiceLifecycle[], transports: readonly Transport[]): Promise<readonly PartStatus[]> {
  const parts: PartStatus[] = [...new Set(transports)].map((transport) => ({ name: `transport ${transport.kind}`, ...transport.status() }));
  for (const service of services) parts.push({ name: service.service, ...service.eventing.status() });
  if (services.length === 0) parts.push({ name: 'start', ready: false, reason: 'still starting' });
  return parts;
}

function drainOnSignals(app: NestFastifyApplication): void {
  const logger = new Logger('service');
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), stopTimeoutMs).unref();
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ what: 'the stop was not clean', error: error instanceof Error ? error.name : 'unknown' });
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

export interface ServiceOptions<Config extends CommonConfig> {
  readonly service: ServiceName;
  /** Reads the settings; a ConfigProblem ends the process with its sentence. */
  readonly config: () => Config;
  readonly module: (config: Config, transport: Transport) => DynamicModule;
}

/** main.ts of a service that is its own process, over Kafka. */
export async function runService<Config extends CommonConfig>(options: ServiceOptions<Config>): Promise<void> {
  await startOrExplain(async () => {
    const config = options.config();
    if (config.TRANSPORT !== 'kafka' || !config.KAFKA_BROKERS)
      throw new ConfigProblem(
        'Bulfinch cannot start: a service of its own needs TRANSPORT=kafka and KAFKA_BROKERS; `npm start` runs all in one process.',
      );
    const transport = kafkaTransport({ brokers: config.KAFKA_BROKERS, service: options.service, onFatal: () => process.exit(1) });
    await runApp({ title: `Bulfinch ${options.service}`, config, transports: [transport], module: options.module(config, transport) });
  });
}

/** A wrong setting or a taken port ends the process with a sentence, not a stack. */
export async function startOrExplain(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (error instanceof ConfigProblem) process.stderr.write(`${error.message}\n`);
    else if (taken) process.stderr.write('Bulfinch cannot start: the port is taken. Stop what runs there or set PORT to another.\n');
    else process.stderr.write(`Bulfinch cannot start: ${error instanceof Error ? (error.stack ?? error.name) : 'unknown fault'}\n`);
    process.exit(1);
  }
}
