import { reasonOf } from '../host.mjs';
import { localToken } from '../token.mjs';

/** How long the proof of who a seeded party is holds, and what must be left of it at a start (ms). */
const yearMs = 365 * 24 * 3_600_000;
const verifiedForMs = 2 * yearMs;
const answerTimeoutMs = 15_000;

/** The parties of the embedded mode: the hospital and two clinics abroad, all played by the clinic double (apps/clinic). */
const parties = [
  { id: 'mgh', name: 'Massachusetts General Hospital', kind: 'hospital', country: 'US', languages: ['en'], timeZone: 'America/New_York' },
  { id: 'clinica-lisboa', name: 'Clínica de Lisboa', kind: 'clinic', country: 'PT', languages: ['pt'], timeZone: 'Europe/Lisbon' },
  { id: 'clinica-porto', name: 'Clínica do Porto', kind: 'clinic', country: 'PT', languages: ['pt'], timeZone: 'Europe/Lisbon' },
];

/**
 * Enters the parties by the public door. One that stands there as it should is left alone: a restart changes no version.
 * @param {{ url: string, clinicUrl: string, issuerDir: string }} options
 * @throws Error when the door refuses
 */
export async function seedDirectory({ url, clinicUrl, issuerDir }) {
  const authorization = `Bearer ${localToken({ issuerDir, subject: 'bulfinch-start', roles: ['system'] })}`;
  for (const { id, ...facts } of parties) {
    const door = `${url}/delivery/recipients/${id}`;
    const baseUrl = `${clinicUrl}/${id}/fhir`;
    if (await isThere(door, authorization, baseUrl)) continue;
    const party = {
      ...facts,
      verifiedUntil: new Date(Date.now() + verifiedForMs).toISOString(),
      channel: { type: 'fhir', baseUrl, mode: 'document', auth: { type: 'none' }, retry: 'dedupes' },
      internal: true,
    };
    const answer = await fetch(door, {
      method: 'PUT',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(party),
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
    if (!answer.ok) throw new Error(`PUT ${door} answered ${answer.status}: ${await answer.text()}`);
  }
}

/** @param {string} door @param {string} authorization @param {string} baseUrl */
async function isThere(door, authorization, baseUrl) {
  const answer = await fetch(door, { headers: { authorization }, signal: AbortSignal.timeout(answerTimeoutMs) });
  if (!answer.ok) return false;
  // The door's own shape (apps/delivery, recipient.controller.ts).
  const party = /** @type {{ channel?: { baseUrl?: string }, verifiedUntil?: string }} */ (await answer.json());
  return party.channel?.baseUrl === baseUrl && Date.parse(party.verifiedUntil ?? '') > Date.now() + yearMs;
}

const lookAgainMs = 150;

/**
 * Waits until `url` answers 200.
 * @param {string} url @param {number} forMs
 * @param {() => Error | undefined} failure asked each time: a part that has died will not become ready
 */
export async function waitFor200(url, forMs, failure) {
  const until = Date.now() + forMs;
  for (;;) {
    const died = failure();
    if (died) throw died;
    const told = await ask(url);
    if (told === undefined) return;
    if (Date.now() > until) throw new Error(`${url} is not ready after ${forMs / 1000} s: ${told}`);
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
  }
}

/** @param {string} url @returns {Promise<string | undefined>} undefined when it answers 200, else what it says */
async function ask(url) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(answerTimeoutMs) });
    const text = await answer.text();
    return answer.ok ? undefined : text;
  } catch (error) {
    return reasonOf(error);
  }
}
