import type { Unread } from './directive.js';

/** System of the tag that tells the house's own state beside R4's status. */
export const stateSystem = 'urn:bulfinch:consent-state';
/** What a server says of a resource; not part of what the patient signed. */
const ofServer = ['versionId', 'lastUpdated'];

/** The same content gives the same text, whatever the order of its keys and whatever a server has added: two Consents are equal when these are. */
export function canonicalContent(consent: Unread, id: string): string {
  const meta = isObject(consent['meta']) ? signedMeta(consent['meta']) : undefined;
  const { meta: _meta, ...rest } = consent;
  return JSON.stringify(sorted({ ...rest, id, ...(meta ? { meta } : {}) }));
}

function signedMeta(meta: Unread): Unread | undefined {
  const tags = Array.isArray(meta['tag']) ? meta['tag'].filter((tag) => !isObject(tag) || tag['system'] !== stateSystem) : [];
  const kept = Object.entries(meta).filter(([key]) => key !== 'tag' && !ofServer.includes(key));
  const signed = { ...Object.fromEntries(kept), ...(tags.length > 0 ? { tag: tags } : {}) };
  return Object.keys(signed).length > 0 ? signed : undefined;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}

/** The stored Consent as it is given out: R4 knows active and inactive, our own state stands in a tag. */
export function shownContent(stored: Unread, state: 'active' | 'revoking' | 'revoked' | 'expired'): Unread {
  const meta = isObject(stored['meta']) ? stored['meta'] : {};
  const tags: unknown[] = Array.isArray(meta['tag']) ? meta['tag'] : [];
  return {
    ...stored,
    meta: { ...meta, tag: [...tags, { system: stateSystem, code: state }] },
    status: state === 'active' ? 'active' : 'inactive',
  };
}

function isObject(value: unknown): value is Unread {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
