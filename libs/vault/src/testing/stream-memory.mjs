/**
 * Puts and opens one large document as streams and prints how much memory that took over the process's own, as JSON.
 * By hand, after `npm run build`: node libs/vault/src/testing/stream-memory.mjs dist/libs/vault/src/index.js <mongodb uri> <database> 500
 * The database is dropped at the end.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import mongoose from 'mongoose';

const [vaultModule = '', uri = '', dbName = '', sizeMb = '500'] = process.argv.slice(2);
const { Vault, createVaultKeys, loadVaultKeys, migrateVault } = await import(resolve(vaultModule));
const mib = 1024 * 1024;

/** Half noise, half text, as a scanned report in an XML document. New noise for each piece, or zstd would find the last one again. */
async function* documentOf(pieces, hash) {
  for (let index = 0; index < pieces; index++) {
    const piece = Buffer.concat([randomBytes(mib / 2), Buffer.alloc(mib / 2, `<result>${index}</result>`)]);
    hash.update(piece);
    yield piece;
  }
}
/** The process's highest memory so far (MB). */
const peakMb = () => Math.round(process.resourceUsage().maxRSS / 1024);

const dir = await mkdtemp(join(tmpdir(), 'vault-memory-'));
const connection = await mongoose.createConnection(uri, { dbName }).asPromise();
try {
  await migrateVault(connection);
  await createVaultKeys(dir);
  const options = { connection, keys: await loadVaultKeys(dir, 'normalization') };
  const vault = new Vault({ ...options, limits: { putSizeBytesMax: 4096 * mib } });
  const asked = { patientId: 'memory', readers: ['normalization'], heldBy: 'memory' };
  const small = await vault.put(documentOf(1, createHash('sha256')), asked);
  for await (const piece of vault.openStream(small)) void piece;

  const baselineMb = peakMb();
  const written = createHash('sha256');
  let started = performance.now();
  const ref = await vault.put(documentOf(Number(sizeMb), written), asked);
  const putMs = Math.round(performance.now() - started);
  const putMb = peakMb() - baselineMb;

  const read = createHash('sha256');
  started = performance.now();
  for await (const piece of vault.openStream(ref)) read.update(piece);
  const openMs = Math.round(performance.now() - started);
  const isSame = read.digest('hex') === written.digest('hex') && ref.sizeBytes === Number(sizeMb) * mib;
  process.stdout.write(
    `${JSON.stringify({ sizeMb: Number(sizeMb), baselineMb, putMb, bothMb: peakMb() - baselineMb, putMs, openMs, isSame })}\n`,
  );
} finally {
  await connection.dropDatabase();
  await connection.close();
  await rm(dir, { recursive: true, force: true });
}
