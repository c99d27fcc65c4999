import { join } from 'node:path';
import type { Command } from 'commander';
import { Doors } from '../doors/doors.client.js';
import { Failed } from '../io.js';
import type { Setting } from '../setting.js';
import { Checks } from './checks.js';
import { journey } from './journey.js';
import { repositoryRoot, startForDemo } from './running-system.js';

export function addDemo(program: Command, { io }: Setting): void {
  program
    .command('demo')
    .description('starts everything in a temporary folder, moves one record there and one back, shows a revocation, checks all of it')
    .option('--cluster', 'each service its own process, over a real Kafka')
    .option('--json', 'the checks as JSON; the story goes to stderr')
    .action(async ({ cluster, json }: { cluster?: true; json?: true }) => {
      const story = json ? { ...io, out: io.say } : io;
      const checks = new Checks(story);
      const abort = new AbortController();
      const onSignal = (): void => abort.abort(new Failed('The demo was stopped.'));
      process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
      io.say('starting the product in a temporary folder');
      const system = await startForDemo(cluster === true, io, abort.signal);
      try {
        const doors = await Doors.open({ url: system.run.url, dataDir: system.dataDir });
        const fixtures = join(repositoryRoot(), 'apps', 'bulfinch', 'fixtures');
        await Promise.race([journey({ doors, clinicUrl: system.run.clinicUrl, fixtures, io: story, checks }), rejectOn(abort.signal)]);
      } finally {
        io.say('stopping what was started');
        await system.stop();
        process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      }
      if (json) io.out(JSON.stringify({ ok: checks.failed.length === 0, checks: checks.result }));
      if (checks.failed.length > 0) throw new Failed(`${checks.failed.length} of ${checks.result.length} claims are not true.`);
      story.out(`All ${checks.result.length} claims are true.`);
    });
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
