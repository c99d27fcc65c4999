import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { partyId } from '#libs/contracts';

/** What people type as arguments. Each parser throws commander's InvalidArgumentError: exit code 2, before anybody is asked. */

const uuid = z.uuid();
const day = z.iso.date();
const instant = z.iso.datetime({ offset: true });

export function isUuid(typed: string): boolean {
  return uuid.safeParse(typed).success;
}

export function uuidArgument(typed: string): string {
  if (!isUuid(typed)) throw new InvalidArgumentError('It must be an id, like 6f0a5a52-9d2e-4c1b-8a43-3d5a1c6e7b01.');
  return typed.toLowerCase();
}

/** A day as it is, an instant in UTC. */
export function momentArgument(typed: string): string {
  if (day.safeParse(typed).success) return typed;
  if (instant.safeParse(typed).success) return new Date(typed).toISOString();
  throw new InvalidArgumentError('It must be a day like 2026-11-24, or an instant with a zone like 2026-11-24T12:00:00Z.');
}

export function partyArgument(typed: string): string {
  if (!partyId.safeParse(typed).success) throw new InvalidArgumentError('It must be a party id of the directory, like clinica-lisboa.');
  return typed;
}

/**
 * A transfer or a referral, by id or as people say it (`K7QM-3XPC-2`, `K7QM-3XPC`). What has the letters of a reference passes: whether its
 * check character fits, the door says.
 */
export function referenceArgument(typed: string): string {
  if (!isUuid(typed) && !/^[2-9A-HJKMNP-Z]{8}\d{0,4}$/.test(plain(typed)))
    throw new InvalidArgumentError('That is no reference, like K7QM-3XPC-2, and no id.');
  return typed.trim();
}

/** As `referenceArgument`, and it names one transfer. */
export function transferArgument(typed: string): string {
  const reference = referenceArgument(typed);
  if (namesReferral(reference))
    throw new InvalidArgumentError('That names a referral. Add the number of the transfer, like K7QM-3XPC-2; `status` lists them.');
  return reference;
}

/** `K7QM-3XPC`: everything under one reference, not one transfer. */
export function namesReferral(reference: string): boolean {
  return !isUuid(reference) && plain(reference).length === referralLength;
}
const referralLength = 8;

function plain(typed: string): string {
  return typed.toUpperCase().replaceAll(/[\s-]/g, '');
}
