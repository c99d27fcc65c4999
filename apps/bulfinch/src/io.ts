/** Where answers and progress go: answers on stdout, progress on stderr (doors.md). */
export interface Io {
  readonly out: (line: string) => void;
  readonly say: (line: string) => void;
  /** A line that the next one writes over; only on a terminal. */
  readonly progress: (line: string) => void;
}

export const processIo: Io = {
  out: (line) => void process.stdout.write(`${line}\n`),
  say: (line) => void process.stderr.write(`${line}\n`),
  progress: (line) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${line}`);
  },
};

/** A command that was understood and did not succeed: exit code 1 and this sentence. */
export class Failed extends Error {
  override readonly name = 'Failed';
}

/** A command that cannot be meant: exit code 2 and this sentence. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

/** `2026-11-24 12:00:03.120` in UTC: as people compare times. */
export function clock(at: string | number): string {
  return new Date(at).toISOString().replace('T', ' ').replace('Z', '');
}

/** Columns side by side, each as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widthOf = (column: number): number => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0));
  const widths = (rows[0] ?? []).map((_, column) => widthOf(column));
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
