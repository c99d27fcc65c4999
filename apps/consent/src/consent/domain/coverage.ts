import type { Purpose } from '#libs/contracts';
import type { Directive } from './directive.js';

/** Parents in the hierarchy of v3-ActReason, of the purposes the house knows: what is said of the parent holds for the child. */
const parents: Partial<Record<Purpose, Purpose>> = { ETREAT: 'TREAT', FAMRQT: 'PATRQT', PWATRNY: 'PATRQT', HLEGAL: 'HOPERAT' };

/** Whether the directive speaks of a disclosure to this party for this purpose. It says nothing about time. */
export function speaksOf(directive: Directive, disclosure: { readonly recipientId: string; readonly purpose: Purpose }): boolean {
  const parent = parents[disclosure.purpose];
  const ofRecipient = directive.recipients.length === 0 || directive.recipients.includes(disclosure.recipientId);
  const ofPurpose =
    directive.purposes.length === 0 ||
    directive.purposes.includes(disclosure.purpose) ||
    (parent !== undefined && directive.purposes.includes(parent));
  return ofRecipient && ofPurpose;
}

/** Where `now` (epoch ms) stands in the directive's period. */
export function timeOf(directive: Pick<Directive, 'startsAt' | 'expiresAt'>, now: number): 'not-begun' | 'in-force' | 'expired' {
  if (directive.expiresAt !== undefined && directive.expiresAt <= now) return 'expired';
  return directive.startsAt !== undefined && directive.startsAt > now ? 'not-begun' : 'in-force';
}
