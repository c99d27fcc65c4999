import { randomUUID } from 'node:crypto';
import { call, insist } from './doors.mjs';
import { spread } from './measure.mjs';
import { newRecord } from './record.mjs';

/** After a round's time is over, what is still under way may take so long (ms). What has not arrived then is counted as lost. */
const drainMsMax = 120_000;
/** From the start of a round to the start of its measured part (ms): the in-flight transfers spread out first. */
const settleMs = 2000;

/** @typedef {import('./receiver.mjs').Receiver} Receiver */
/** @typedef {{ begunAt: number, submittedAt: number, arrivedAt: number }} Passage of one transfer, by performance.now */
/** @typedef {(arrival: Receiver['arrival']) => Promise<Passage>} Transfer moves one and resolves when it has arrived */

/**
 * A transfer through the product's three doors: opened for a patient not seen before, the document put, submitted.
 * @param {{ url: string, token: string, recipientId: string }} to
 * @returns {Transfer}
 */
export function productTransfer({ url, token, recipientId }) {
  const authorization = `Bearer ${token}`;
  return async (arrival) => {
    const { documentId, marker, given, family, bytes } = newRecord();
    const facts = {
      direction: 'outbound',
      patient: { name: [{ given: [given], family }], birthDate: '1958-07-04', gender: 'female' },
      recipientId,
      purpose: 'TREAT',
      authority: { basis: 'treatment' },
      requester: { kind: 'user' },
    };
    const arrived = arrival(marker);
    const begunAt = performance.now();
    const json = { authorization, 'content-type': 'application/json' };
    const opened = await insist(201, 'POST', `${url}/ingestion/transfers`, {
      headers: { ...json, 'idempotency-key': randomUUID() },
      body: JSON.stringify(facts),
    });
    const door = `${url}/ingestion/transfers/${JSON.parse(opened).id}`;
    const raw = { authorization, 'content-type': 'application/octet-stream' };
    await insist(201, 'PUT', `${door}/documents/${documentId}`, { headers: raw, body: bytes });
    const submittedAt = performance.now();
    // It may be there before its sender is told that it was submitted.
    const [, arrivedAt] = await Promise.all([insist(202, 'POST', `${door}/submit`, { headers: json, body: '{}' }), arrived]);
    return { begunAt, submittedAt, arrivedAt };
  };
}

/** The same bytes through the floor: one request. @param {string} url @returns {Transfer} */
export function floorTransfer(url) {
  return async (arrival) => {
    const { marker, bytes } = newRecord();
    const arrived = arrival(marker);
    const begunAt = performance.now();
    const [answer, arrivedAt] = await Promise.all([
      call('POST', url, { headers: { 'content-type': 'application/octet-stream' }, body: bytes }),
      arrived,
    ]);
    if (answer.status !== 202) throw new Error(`the floor answered ${answer.status}: ${answer.text}`);
    return { begunAt, submittedAt: begunAt, arrivedAt };
  };
}

/**
 * @template Reading
 * @typedef {object} Round what was measured, and the readings taken at both ends of the measured part
 * @property {number} seconds of the measured part
 * @property {number} arrived in it
 * @property {number} lost begun in the whole round and never arrived
 * @property {readonly string[]} faults the first few
 * @property {{ p50: number, p95: number, p99: number, max: number }} submitToArrivalMs
 * @property {{ p50: number, p95: number, p99: number, max: number }} firstCallToArrivalMs
 * @property {Reading} before
 * @property {Reading} after
 */

const faultsKept = 5;

/**
 * Keeps `inFlight` transfers under way, each next one starting when the former has arrived, for a bounded time.
 * @template Reading
 * @param {{ transfer: Transfer, receiver: Receiver, inFlight: number, seconds: number, read: () => Promise<Reading> }} options `read`: the counters, at both ends
 * @returns {Promise<Round<Reading>>}
 */
export async function runRound({ transfer, receiver, inFlight, seconds, read }) {
  /** @type {Passage[]} */
  const passages = [];
  /** @type {string[]} */
  const faults = [];
  let isOver = false;
  let begun = 0;
  const lane = async () => {
    while (!isOver && faults.length < inFlight) {
      begun++;
      try {
        passages.push(await transfer(receiver.arrival));
      } catch (error) {
        faults.push(error instanceof Error ? error.message : String(error));
      }
    }
  };
  const lanes = Promise.all(Array.from({ length: inFlight }, lane));
  await pause(settleMs);
  const from = performance.now();
  const before = await read();
  await pause(seconds * 1000);
  const after = await read();
  const to = performance.now();
  isOver = true;
  await Promise.race([lanes, pause(drainMsMax)]);
  const measured = passages.filter(({ arrivedAt }) => arrivedAt >= from && arrivedAt < to);
  return {
    seconds: (to - from) / 1000,
    arrived: measured.length,
    lost: begun - passages.length,
    faults: faults.slice(0, faultsKept),
    submitToArrivalMs: spread(measured.map(({ submittedAt, arrivedAt }) => arrivedAt - submittedAt)),
    firstCallToArrivalMs: spread(measured.map(({ begunAt, arrivedAt }) => arrivedAt - begunAt)),
    before,
    after,
  };
}

/** @param {number} ms @returns {Promise<void>} does not keep the process alive by itself */
export const pause = (ms) => new Promise((resolve) => void setTimeout(resolve, ms).unref());
