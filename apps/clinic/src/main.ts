import { startClinic } from './app.module.js';
import { clinicConfig } from './config.js';

const clinic = await startClinic(clinicConfig());
process.stdout.write(`clinic: FHIR R4 receiver at ${clinic.url}/{party}/fhir\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    clinic.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
