// `npm start` and `npm run start:cluster`: the whole product on this machine, from a fresh clone, with data kept in .data/.
import { join } from 'node:path';
import { ROOT, reasonOf, say } from './host.mjs';
import { ensurePrepared } from './prepare.mjs';
import { startSystem } from './system.mjs';

const help = `Starts Bulfinch on this machine.

  npm start                   all services in one process, embedded MongoDB
  npm run start:cluster       each service its own process, over a real Kafka broker

Settings, as environment variables:
  PORT=3000                   the port of all doors
  CLINIC_PORT=PORT+1          the port of the clinics' FHIR server that plays the recipients
  DATA_DIR=.data              where data, keys and logs are kept
  MONGODB_URI                 a MongoDB replica set to use instead of an own one
  MONGOD                      a mongod program to use; else one on PATH, else one is fetched into ~/.cache/bulfinch
  KAFKA_BROKERS               a Kafka to use instead of an own one (cluster)

Ctrl-C stops everything; the data stays, and the next start goes on with it.
`;

const args = process.argv.slice(2);
const unknown = args.filter((arg) => !['--cluster', '--help', '-h'].includes(arg));
if (unknown.length > 0) {
  say(`There is no option ${unknown[0]}.\n\n${help}`);
  process.exit(2);
}
if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(help);
  process.exit(0);
}

/** @param {string} name @param {number} fallback */
function portSetting(name, fallback) {
  const text = process.env[name];
  if (!text) return fallback;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  say(`${name} must be a port, a number from 0 to 65535.`);
  return process.exit(2);
}

const cluster = args.includes('--cluster');
const started = performance.now();
const dataDir = process.env.DATA_DIR || join(ROOT, '.data');
const port = portSetting('PORT', 3000);
const clinicPort = portSetting('CLINIC_PORT', port === 0 ? 0 : port + 1);
const abort = new AbortController();
/** @type {Awaited<ReturnType<typeof startSystem>> | undefined} */
let system;
let isStopping = false;

/** @param {number} code */
async function stop(code) {
  if (isStopping) return;
  isStopping = true;
  // A start under way sees this and undoes what it has done.
  abort.abort(new Error('stopped while it started'));
  if (!system) return;
  say('Bulfinch stops');
  try {
    await system.stop();
    say(`Bulfinch has stopped; its data is in ${dataDir}`);
    process.exit(code);
  } catch (error) {
    say(`The stop was not clean: ${reasonOf(error)}`);
    process.exit(1);
  }
}
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => void stop(0));

try {
  await ensurePrepared();
  system = await startSystem({ cluster, dataDir, port, clinicPort, say, signal: abort.signal, onGiveUp: () => void stop(1) });
  const { url, clinicUrl } = system;
  say(`data, keys and logs: ${dataDir}`);
  say(
    `services: ${Object.values(system.services)
      .map((service) => `${service.name} (process ${service.pid}, port ${service.port})`)
      .join(', ')}`,
  );
  say(`recipients: the hospital and two clinics abroad, played by one FHIR server at ${clinicUrl}`);
  say(`look at: ${url}/docs`);
  say('try, in another terminal:');
  say('  npm run --silent bulfinch -- demo                         one record there, one back, step by step');
  say('  npm run --silent bulfinch -- send --help                  a document of your own');
  say('  npm run --silent bulfinch -- token --role records-staff   a token for the doors');
  say(`Bulfinch is ready on ${url} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
} catch (error) {
  if (isStopping) {
    say('Bulfinch was stopped while it started');
    process.exit(0);
  }
  say(reasonOf(error));
  process.exit(1);
}
