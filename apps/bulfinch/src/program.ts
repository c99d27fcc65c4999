import { Command, CommanderError } from 'commander';
import { addAudit } from './audit/audit.command.js';
import { addConsent } from './consent/consent.command.js';
import { addConvert } from './convert/convert.command.js';
import { addDemo } from './demo/demo.command.js';
import { Failed, type Io, WrongUse } from './io.js';
import { addOperator } from './operator/operator.command.js';
import type { Setting } from './setting.js';
import { addToken } from './token/token.command.js';
import { addSend } from './transfer/send.command.js';
import { addStatus } from './transfer/status.command.js';

export const exitCodes = { done: 0, failed: 1, wrongUse: 2 } as const;

/** Runs one command line. @returns the exit code: 0 done, 1 refused or failed with a reason, 2 wrong use (doors.md). */
export async function runProgram(args: readonly string[], setting: Setting): Promise<number> {
  const program = new Command('bulfinch')
    .description('Moves medical records between a hospital and clinics abroad.')
    .version('0.1.0')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => setting.io.out(text.trimEnd()),
      writeErr: (text) => setting.io.say(text.trimEnd()),
    })
    .showHelpAfterError('(add --help for how it is meant)')
    .addHelpText(
      'after',
      `
Answers stand on stdout, progress on stderr. Exit code: 0 done, 1 refused or failed with a reason, 2 wrong use.
Commands that talk to a running system find it by BULFINCH_URL, else by run.json in DATA_DIR (.data), else at http://127.0.0.1:3000,
and speak with BULFINCH_TOKEN, else with a token of the local issuer of DATA_DIR for the role that the door wants.`,
    );
  for (const add of [addConvert, addDemo, addSend, addStatus, addAudit, addConsent, addOperator, addToken]) add(program, setting);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    return codeOf(error, setting.io);
  }
}

function codeOf(error: unknown, io: Io): number {
  // commander has written its own message; help and version that were asked for are no error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUse;
  if (error instanceof WrongUse) {
    io.say(error.message);
    return exitCodes.wrongUse;
  }
  if (error instanceof Failed) {
    if (error.message) io.say(error.message);
    return exitCodes.failed;
  }
  throw error;
}
