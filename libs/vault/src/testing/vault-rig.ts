import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose, { type Connection } from 'mongoose';
import { type ServiceName, serviceNames } from '#libs/contracts';
import { migrateVault } from '../storage/migrate.js';
import { Vault, type VaultLimits } from '../vault.js';
import { createVaultKeys, loadVaultKeys, type VaultKeys } from '../vault-keys.js';

/** A vault for every service over one fresh database of a real mongod, with keys of their own. For tests. */
export interface VaultRig {
  readonly uri: string;
  readonly connection: Connection;
  readonly keys: Readonly<Record<ServiceName, VaultKeys>>;
  readonly vaults: Readonly<Record<ServiceName, Vault>>;
  vaultOf(service: ServiceName, limits: Partial<VaultLimits>): Vault;
  close(): Promise<void>;
}

interface Engine {
  readonly uri: string;
  stop(): Promise<void>;
}

/** The mongod of `npm test`, or one of its own. */
async function findEngine(dir: string): Promise<Engine> {
  const given = process.env['TEST_MONGODB_URI'];
  if (given) return { uri: given, stop: async () => undefined };
  // By a path in a variable: what starts engines is no part of a library's build.
  const starter = new URL('../../../../deploy/local/engines/mongod.mjs', import.meta.url).href;
  const { startMongod } = await import(starter);
  return startMongod({ dataDir: dir });
}

export async function openVaultRig(): Promise<VaultRig> {
  const dir = await mkdtemp(join(tmpdir(), 'vault-rig-'));
  const engine = await findEngine(join(dir, 'mongod'));
  const connection = await mongoose.createConnection(engine.uri, { dbName: `vault_${randomUUID()}` }).asPromise();
  await migrateVault(connection);
  await createVaultKeys(join(dir, 'keys'));
  const loaded = await Promise.all(
    serviceNames.map(async (service) => [service, await loadVaultKeys(join(dir, 'keys'), service)] as const),
  );
  // The casts: one entry for each service name, by the line above.
  const keys = Object.fromEntries(loaded) as Record<ServiceName, VaultKeys>;
  const vaultOf = (service: ServiceName, limits: Partial<VaultLimits>) => new Vault({ connection, keys: keys[service], limits });
  const vaults = Object.fromEntries(serviceNames.map((service) => [service, vaultOf(service, {})])) as Record<ServiceName, Vault>;
  const close = async () => {
    await connection.dropDatabase();
    await connection.close();
    await engine.stop();
    await rm(dir, { recursive: true, force: true });
  };
  return { uri: engine.uri, connection, keys, vaults, vaultOf, close };
}
