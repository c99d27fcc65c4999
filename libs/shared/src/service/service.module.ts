import { type DynamicModule, Inject, Injectable, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import mongoose, { type Connection } from 'mongoose';
import type { ServiceName } from '#libs/contracts';
import { Eventing, type Transport } from '#libs/eventing';
import { loadVaultKeys, migrateVault, Vault } from '#libs/vault';
import type { CommonConfig } from '../config/index.js';
import { currentCause } from '../http/index.js';
import { Census } from './census.js';

/** Token of the service's own database connection: no service reads another's (design.md section 1). */
export const CONNECTION = 'bulfinch:connection';
const SERVICE = 'bulfinch:service';

/** Longest wait for a reachable primary, ms: longer than an election, shorter than people's patience. */
const serverSelectionTimeoutMs = 10_000;
/** Connections to MongoDB per service; grouped writes need few. */
const poolSizeMax = 20;

export async function openConnection(config: CommonConfig, database: string): Promise<Connection> {
  return mongoose
    .createConnection(config.MONGODB_URI, {
      dbName: `${config.DATABASE_PREFIX}_${database}`,
      autoIndex: false,
      autoCreate: false,
      serverSelectionTimeoutMS: serverSelectionTimeoutMs,
      maxPoolSize: poolSizeMax,
    })
    .asPromise();
}

/** Closes what the module opened, in order: work first, then storage. */
@Injectable()
export class ServiceLifecycle implements OnApplicationShutdown {
  private readonly logger = new Logger('service');
  constructor(
    @Inject(SERVICE) readonly service: ServiceName,
    readonly eventing: Eventing,
    readonly vault: Vault,
    readonly census: Census,
    @Inject(CONNECTION) private readonly connection: Connection,
    @Inject('bulfinch:vault-connection') private readonly vaultConnection: Connection,
  ) {}

  /** The explicit step that makes the indexes of every model of the service and of the vault; nothing makes them by itself. Safe to repeat. */
  async migrate(): Promise<void> {
    await this.eventing.migrate();
    for (const model of Object.values(this.connection.models)) await model.createIndexes();
    await migrateVault(this.vaultConnection);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.eventing
      .stop()
      .catch((error: unknown) =>
        this.logger.error({ what: 'eventing did not stop cleanly', error: error instanceof Error ? error.name : 'unknown' }),
      );
    await Promise.allSettled([this.connection.close(), this.vaultConnection.close()]);
  }
}

/** Storage, vault and eventing of one service. Several may live in one process (standalone): nothing here is global. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the shape Nest asks of a dynamic module
export class ServiceModule {
  static register(service: ServiceName, config: CommonConfig, transport: Transport): DynamicModule {
    return {
      module: ServiceModule,
      providers: [
        { provide: SERVICE, useValue: service },
        { provide: CONNECTION, useFactory: () => openConnection(config, service) },
        { provide: 'bulfinch:vault-connection', useFactory: () => openConnection(config, 'vault') },
        {
          provide: Vault,
          inject: ['bulfinch:vault-connection'],
          useFactory: async (connection: Connection) =>
            new Vault({ connection, keys: await loadVaultKeys(config.VAULT_KEYS_DIR, service) }),
        },
        {
          provide: Eventing,
          inject: [CONNECTION],
          useFactory: (connection: Connection) => new Eventing({ service, connection, transport, ambientCause: currentCause }),
        },
        Census,
        ServiceLifecycle,
      ],
      exports: [Census, Eventing, Vault, CONNECTION, ServiceLifecycle],
    };
  }
}
