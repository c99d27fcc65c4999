import { ConsoleLogger, type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { ClinicConfig } from './config.js';
import { Clients } from './receiver/clients.service.js';
import { ControlController } from './receiver/control.controller.js';
import { OutcomeFilter } from './receiver/outcome.filter.js';
import { Parties } from './receiver/parties.service.js';
import { ReceiverController } from './receiver/receiver.controller.js';
import { ResourceController } from './receiver/resource.controller.js';
import { slowBodies } from './receiver/slow-body.js';
import { TokenController, TokenGuard } from './receiver/token.controller.js';

/** Largest body taken, bytes: a package of 40 MB in base64 and some room. */
const bodyBytesMax = 60 * 1024 * 1024;

/** A clinic's FHIR R4 server, small and strict, with faults on demand: a test double and the demo's receiver, never a product. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the shape Nest asks of a dynamic module
export class AppModule {
  static register(config: ClinicConfig): DynamicModule {
    return {
      module: AppModule,
      controllers: [ControlController, ReceiverController, ResourceController, TokenController],
      providers: [Clients, TokenGuard, { provide: Parties, useFactory: () => Parties.open(config.DATA_DIR) }],
    };
  }
}

export interface Clinic {
  /** `http://127.0.0.1:port`; a base is `{url}/{party}/fhir`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the receiver on its own port (0: a free one), with what it had received before. */
export async function startClinic(config: ClinicConfig): Promise<Clinic> {
  const adapter = new FastifyAdapter({ bodyLimit: bodyBytesMax, forceCloseConnections: true, routerOptions: { maxParamLength: 200 } });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.register(config), adapter, {
    bodyParser: false,
    logger: new ConsoleLogger({ json: true, logLevels: ['error', 'fatal'], compact: true }),
  });
  const fastify: FastifyInstance = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  // Bodies stay the bytes that came: what is stored is what was sent.
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  fastify.addHook('preParsing', slowBodies(app.get(Parties)));
  app.useGlobalFilters(new OutcomeFilter());
  await app.listen(config.PORT, config.HOST);
  return { url: await app.getUrl(), close: () => app.close() };
}
