import { randomUUID } from 'node:crypto';
import type { Consent } from 'fhir/r4.js';
import type { Ask, Doors } from '../doors/doors.client.js';
import { consentResource, type Grant } from './consent-resource.js';

const privacyOfficer: Ask = { roles: ['privacy-officer'] };

export interface Revocation {
  readonly by: string;
  readonly form: string;
}
export interface Revoked {
  readonly state: 'revoking' | 'revoked';
  readonly left?: readonly { readonly transferId: string; readonly left: string }[];
}

/** Enters a consent under a new id. @returns the id */
export async function grantConsent(doors: Doors, grant: Grant): Promise<string> {
  const id = randomUUID();
  await doors.call('PUT', `/consent/consents/${id}`, {
    ...privacyOfficer,
    json: consentResource(id, grant),
    contentType: 'application/fhir+json',
  });
  return id;
}

/** Takes a revocation in; asked again it says how far it has come. */
export function revokeConsent(doors: Doors, id: string, { by, form }: Revocation): Promise<Revoked> {
  const json = { by, form, receivedAt: new Date().toISOString() };
  return doors.call<Revoked>('POST', `/consent/consents/${encodeURIComponent(id)}/revoke`, { ...privacyOfficer, json });
}

export function readConsent(doors: Doors, id: string): Promise<Consent> {
  return doors.call<Consent>('GET', `/consent/consents/${encodeURIComponent(id)}`, privacyOfficer);
}
