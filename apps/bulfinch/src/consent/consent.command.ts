import { type Command, Option } from 'commander';
import { purposes } from '#libs/contracts';
import { momentArgument, partyArgument, uuidArgument } from '../arguments.js';
import { Doors } from '../doors/doors.client.js';
import type { Setting } from '../setting.js';
import { whatLeft } from '../transfer/what-left.js';
import { grantConsent, readConsent, revokeConsent } from './consents.js';

interface GrantOptions {
  readonly patient: string;
  readonly to: string;
  readonly purpose: string;
  readonly until?: string;
  readonly json?: true;
}

export function addConsent(program: Command, { config, io }: Setting): void {
  const consent = program.command('consent').description("patients' consents: grant, show, revoke");
  consent
    .command('grant')
    .description('enter a consent for one recipient and one purpose')
    .requiredOption('--patient <id>', 'patientId, as `send` and `status` tell it', uuidArgument)
    .requiredOption('--to <party>', 'who may receive', partyArgument)
    .addOption(new Option('--purpose <code>', 'v3-ActReason').choices(purposes).makeOptionMandatory())
    .option('--until <date>', 'when it ends: a day or an instant', momentArgument)
    .option('--json', 'as {"consentId": ...}')
    .action(async ({ patient, to, purpose, until, json }: GrantOptions) => {
      const signedAt = new Date().toISOString();
      const id = await grantConsent(await Doors.open(config), { patientId: patient, recipientId: to, purpose, until, signedAt });
      io.out(json ? JSON.stringify({ consentId: id }) : id);
    });
  consent
    .command('show')
    .description('a consent as FHIR R4')
    .argument('<id>', 'as `consent grant` told it', uuidArgument)
    .action(async (id: string) => io.out(JSON.stringify(await readConsent(await Doors.open(config), id), undefined, 2)));
  consent
    .command('revoke')
    .description('every gate that rests on it shuts; repeat it to hear how far that has come and what had left')
    .argument('<id>', 'as `consent grant` told it', uuidArgument)
    .addOption(new Option('--by <who>').choices(['patient', 'representative', 'privacy-officer']).default('patient'))
    .addOption(new Option('--form <form>').choices(['written', 'oral', 'electronic']).default('written'))
    .option('--json', 'as the door answers')
    .action(async (id: string, { by, form, json }: { by: string; form: string; json?: true }) => {
      const revoked = await revokeConsent(await Doors.open(config), id, { by, form });
      if (json) return io.out(JSON.stringify(revoked));
      io.out(
        revoked.state === 'revoked'
          ? 'revoked: nothing leaves on it any more'
          : 'revoking: no permit is given any more; what is under way ends within the life of a permit',
      );
      for (const { transferId, left } of revoked.left ?? []) io.out(`  transfer ${transferId}: ${whatLeft(left)}`);
    });
}
