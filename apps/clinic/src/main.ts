import { ConfigProblem } from '#libs/shared/config';
import { startClinic } from './app.module.js';
import { clinicConfig } from './config.js';

try {
  const clinic = await startClinic(clinicConfig());
  process.stdout.write(`clinic: FHIR R4 receiver at ${clinic.url}/{party}/fhir\n`);
  const stop = (): void => {
    clinic.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
} catch (error) {
  // A wrong setting or a taken port is told in a sentence, anything else with its stack.
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  if (error instanceof ConfigProblem) process.stderr.write(`${error.message}\n`);
  else if (isTaken) process.stderr.write('The clinic cannot start: the port is taken. Stop what runs there or set PORT to another.\n');
  else process.stderr.write(`The clinic cannot start: ${error instanceof Error ? (error.stack ?? error.name) : 'unknown fault'}\n`);
  process.exit(1);
}
