import { join } from 'node:path';
import { findKafka, startKafka } from '../engines/kafka.mjs';
import { findMongodb, startMongod } from '../engines/mongod.mjs';
import { pause, reasonOf } from '../host.mjs';

/** @typedef {import('../engines/tethered.mjs').Engine} Engine */
/**
 * @typedef {object} Engines what the services talk to, and what of it this system runs itself
 * @property {string} mongodbUri
 * @property {import('../engines/mongod.mjs').Mongod | undefined} mongod
 * @property {string | undefined} kafkaBrokers
 * @property {import('../engines/kafka.mjs').Kafka | undefined} kafka
 */
/** @typedef {Pick<import('../system.mjs').Plan, 'cluster' | 'dataDir' | 'say' | 'undo' | 'check' | 'onGiveUp'>} EnginePlan */

const restartAfterMs = 1000;

/**
 * Finds, starts and keeps running what the system needs. Says one line each.
 * @param {EnginePlan} plan
 * @returns {Promise<Engines>}
 */
export async function startEngines(plan) {
  // Both are looked for first: what cannot be had is said before anything starts.
  const mongodb = await findMongodb();
  const kafka = plan.cluster ? await findKafka() : undefined;
  plan.check();
  plan.say(`mongod: using ${mongodb.how}`);
  if (kafka) plan.say(`kafka: using ${kafka.how}`);
  const [mongod, broker] = await bothOrNone(
    async () => ('uri' in mongodb ? undefined : startMongod({ dataDir: join(plan.dataDir, 'mongod'), binary: mongodb.binary })),
    async () => (kafka && !('brokers' in kafka) ? startKafka({ dataDir: join(plan.dataDir, 'kafka'), program: kafka }) : undefined),
  );
  if (mongod) keepRunning('mongod', mongod, plan);
  if (broker) keepRunning('kafka', broker, plan);
  const mongodbUri = 'uri' in mongodb ? mongodb.uri : mongod?.uri;
  if (mongodbUri === undefined) throw new Error('mongod was neither given nor started');
  return { mongodbUri, mongod, kafkaBrokers: kafka && 'brokers' in kafka ? kafka.brokers : broker?.brokers, kafka: broker };
}

/**
 * Starts both at once; when one fails the other is stopped before the failure is told.
 * @template {Engine} First
 * @template {Engine} Second
 * @param {() => Promise<First | undefined>} startFirst
 * @param {() => Promise<Second | undefined>} startSecond
 * @returns {Promise<[First | undefined, Second | undefined]>}
 */
async function bothOrNone(startFirst, startSecond) {
  const [first, second] = await Promise.allSettled([startFirst(), startSecond()]);
  if (first.status === 'fulfilled' && second.status === 'fulfilled') return [first.value, second.value];
  for (const one of [first, second]) if (one.status === 'fulfilled') await one.value?.stop();
  throw first.status === 'rejected' ? first.reason : /** @type {PromiseRejectedResult} */ (second).reason;
}

/** An engine that dies is started again on its data. @param {string} name @param {Engine} engine @param {EnginePlan} plan */
function keepRunning(name, engine, plan) {
  let isStopping = false;
  plan.undo.push(async () => {
    isStopping = true;
    await engine.stop();
  });
  const watch = async () => {
    for (;;) {
      const { code, signal } = await engine.ended();
      if (isStopping) return;
      plan.say(`${name}: ended (${signal ?? `exit code ${code}`}), starts again in ${restartAfterMs / 1000} s`);
      await pause(restartAfterMs);
      if (!isStopping) await engine.start();
    }
  };
  watch().catch((error) => {
    plan.say(`${name}: could not be started again: ${reasonOf(error)}`);
    plan.onGiveUp?.(name);
  });
}
