import type { Caller, Role } from '#libs/shared/http';

/** The hospital's people who may look at transfers. */
export const hospitalReaders = ['records-staff', 'reviewer', 'privacy-officer', 'auditor'] as const satisfies readonly Role[];

/** The clinic a caller speaks for; undefined for the hospital's people. Who holds the role clinic is a clinic, whatever else they hold. */
export function clinicOf(caller: Caller): string | undefined {
  if (!caller.roles.includes('clinic')) return undefined;
  // The guard lets no clinic in without its party; were it missing, the caller must see nothing rather than everything.
  if (caller.partyId === undefined) throw new Error('a clinic without its party');
  return caller.partyId;
}
