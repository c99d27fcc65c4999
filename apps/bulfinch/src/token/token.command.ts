import { type Command, InvalidArgumentError } from 'commander';
import { localToken } from '../doors/local-issuer.js';
import { WrongUse } from '../io.js';
import type { Setting } from '../setting.js';

/** A month: whoever needs longer has a real issuer. */
const hoursMax = 720;

interface Options {
  readonly role: readonly string[];
  readonly party?: string;
  readonly subject?: string;
  readonly hours: number;
  readonly json?: true;
}

export function addToken(program: Command, { config, io }: Setting): void {
  program
    .command('token')
    .description('a token of the local issuer, embedded mode only')
    .requiredOption(
      '--role <roles>',
      'roles, comma separated: records-staff, reviewer, privacy-officer, auditor, operator, specialist, clinic, patient, system',
      list,
    )
    .option('--party <id>', "the clinic's party id; needed for the role clinic")
    .option('--subject <id>', 'who it is: an id, never a name')
    .option('--hours <n>', 'how long it is valid', hours, 8)
    .option('--json', 'as {"token": ...}')
    .action(async ({ role, party, subject, hours: valid, json }: Options) => {
      const { roles } = await import('#libs/shared/http');
      const known: readonly string[] = roles;
      const unknown = role.find((one) => !known.includes(one));
      if (unknown !== undefined) throw new WrongUse(`There is no role ${unknown}. Roles: ${known.join(', ')}.`);
      if (role.length === 0) throw new WrongUse('--role names at least one role.');
      if (role.includes('clinic') && party === undefined) throw new WrongUse('The role clinic needs --party: the clinic it speaks for.');
      const token = await localToken(config.dataDir, { roles: role, party, subject, hours: valid });
      io.out(json ? JSON.stringify({ token }) : token);
    });
}

function list(typed: string): string[] {
  return typed
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

function hours(typed: string): number {
  const parsed = Number(typed);
  if (!(parsed > 0 && parsed <= hoursMax)) throw new InvalidArgumentError(`a number of hours, at most ${hoursMax}`);
  return parsed;
}
