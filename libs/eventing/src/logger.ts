/** What a log line may hold beside its code: ids, codes and numbers; never a value of a message. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where the runtime tells what happened. `code` is from the source, never from a message. */
export interface Logger {
  info(code: string, fields?: LogFields): void;
  warn(code: string, fields?: LogFields): void;
  error(code: string, fields?: LogFields): void;
}

/** One JSON line each on stderr. */
export const stderrLogger: Logger = {
  info: (code, fields) => write('info', code, fields),
  warn: (code, fields) => write('warn', code, fields),
  error: (code, fields) => write('error', code, fields),
};

function write(level: string, code: string, fields?: LogFields): void {
  process.stderr.write(`${JSON.stringify({ level, time: new Date().toISOString(), code, ...fields })}\n`);
}

/** Name of a fault: its text may hold values, so it is never logged. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code = 'code' in error && (typeof error.code === 'number' || typeof error.code === 'string') ? ` ${error.code}` : '';
  return `${error.name}${code}`.slice(0, 80);
}
