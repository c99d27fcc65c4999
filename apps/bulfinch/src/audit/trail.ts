import { isUuid } from '../arguments.js';
import { type Ask, type Doors, Refused } from '../doors/doors.client.js';
import { clock, Failed, table } from '../io.js';
import type { TransferView } from '../transfer/transfer.js';

/** An entry as `GET /audit/entries` tells it. */
export interface TrailEntry {
  readonly id: string;
  readonly at: string;
  readonly topic: string;
  readonly type: string;
  readonly service: string;
  readonly subject: string;
  readonly sequence: number;
  readonly transferId?: string;
  readonly recipientId?: string;
  readonly actor?: { readonly kind: string; readonly id: string };
  readonly basis?: string;
  readonly waiver?: string;
  readonly reason?: string;
  readonly because?: string;
  readonly left?: string;
  readonly attempt?: number;
  readonly sha256?: string;
  readonly action?: string;
  readonly disclosure?: { readonly deliveryId: string; readonly release: number; readonly since: string };
}

export const auditor: Ask = { roles: ['auditor'] };
/** Pages read in one go; a trail that is longer is asked for in ranges of time. */
const pagesMax = 50;

/** Every entry that answers the question, newest first, page by page. `more` is true where pages were left. */
export async function entriesOf(
  doors: Doors,
  question: Readonly<Record<string, string | undefined>>,
): Promise<{ entries: TrailEntry[]; more: boolean }> {
  const entries: TrailEntry[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pagesMax; page++) {
    const asked = Object.entries({ ...question, cursor }).filter((pair): pair is [string, string] => pair[1] !== undefined);
    const answer = await doors.call<{ entries: TrailEntry[]; next?: string }>(
      'GET',
      `/audit/entries?${new URLSearchParams(asked).toString()}`,
      auditor,
    );
    entries.push(...answer.entries);
    cursor = answer.next;
    if (cursor === undefined) return { entries, more: false };
  }
  return { entries, more: true };
}

/** As `entriesOf`, where the transfer may be named as people say it. @throws Failed when there is no such transfer */
export async function trailOf(
  doors: Doors,
  question: Readonly<Record<string, string | undefined>>,
): Promise<{ entries: TrailEntry[]; more: boolean }> {
  const { transfer } = question;
  if (transfer === undefined) return entriesOf(doors, question);
  if (!isUuid(transfer)) return entriesOf(doors, { ...question, transfer: await idOf(doors, transfer) });
  const found = await entriesOf(doors, question);
  // No entry may also mean that the rest of the question fits none: the transfer itself must be known.
  if (found.entries.length === 0) await idOf(doors, transfer);
  return found;
}

async function idOf(doors: Doors, typed: string): Promise<string> {
  try {
    return (await doors.call<TransferView>('GET', `/ingestion/transfers/${encodeURIComponent(typed)}`, auditor)).id;
  } catch (error) {
    if (error instanceof Refused && error.status === 404) throw new Failed('There is no such transfer.', { cause: error });
    throw error;
  }
}

/** Oldest first, for people. */
export function shownTrail(entries: readonly TrailEntry[]): readonly string[] {
  return table(entries.toReversed().map((entry) => [clock(entry.at), entry.service, `${entry.type.split('.')[3]}`, detail(entry)]));
}

/** Facts that are about the recipient; on the other lines of its transfer the recipient would only be repeated. */
const aboutRecipient = /\.(transfer-created|delivery-opened|attempt-started|delivered|party-changed)\.v1$/;

function detail(entry: TrailEntry): string {
  const parts = [
    entry.disclosure ? `DISCLOSURE of release ${entry.disclosure.release}` : undefined,
    entry.recipientId && aboutRecipient.test(entry.type) ? `to ${entry.recipientId}` : undefined,
    entry.basis && entry.type.endsWith('.transfer-created.v1') ? `on ${entry.basis}` : undefined,
    entry.attempt === undefined ? undefined : `attempt ${entry.attempt}`,
    entry.waiver && entry.type.endsWith('.record-released.v1') ? `waiver ${entry.waiver}` : undefined,
    entry.reason ?? entry.because,
    entry.left ? `left: ${entry.left}` : undefined,
    entry.action,
    entry.actor ? `by ${entry.actor.kind} ${entry.actor.id}` : undefined,
  ];
  return parts.filter(Boolean).join(', ');
}
