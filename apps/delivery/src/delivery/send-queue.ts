import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';

/** State and sizes of a TCP socket stand in these columns of /proc/net/tcp (proc(5)). */
const localColumn = 1;
const remoteColumn = 2;
const queueColumn = 4;

/**
 * Bytes of a socket that the kernel still holds because the other side has not acknowledged them. Undefined where that cannot be known (no
 * Linux, a socket that is gone): Node knows only what it handed to the kernel.
 */
export async function unacknowledgedBytes(socket: Socket): Promise<number | undefined> {
  const { localPort, remotePort, remoteFamily } = socket;
  if (localPort === undefined || remotePort === undefined) return undefined;
  const table = await readFile(remoteFamily === 'IPv6' ? '/proc/net/tcp6' : '/proc/net/tcp', 'utf8').catch(() => undefined); // No Linux: not known.
  const row = table
    ?.split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find((columns) => portOf(columns[localColumn]) === localPort && portOf(columns[remoteColumn]) === remotePort);
  const queued = row?.[queueColumn]?.split(':')[0];
  return queued === undefined ? undefined : Number.parseInt(queued, 16);
}

function portOf(column: string | undefined): number {
  return Number.parseInt(column?.split(':')[1] ?? '', 16);
}
