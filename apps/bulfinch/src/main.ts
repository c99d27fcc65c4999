import { cliConfig } from './config.js';
import { processIo } from './io.js';
import { runProgram } from './program.js';

// Whoever reads us may stop reading (`| head`): that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
// The exit code is set, not forced: what still stands in the pipe is written.
process.exitCode = await runProgram(process.argv.slice(2), { config: cliConfig(), io: processIo });
