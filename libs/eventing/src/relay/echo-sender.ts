import { type Echo, echoBatch, echoesTopic, type ServiceName } from '#libs/contracts';
import { nameOf } from '../logger.js';
import type { Runtime } from '../runtime.js';
import type { Transport } from '../transport/transport.js';

/** Echoes in one message, as the contract allows. */
const batchMax = 1000;

/** Tells publishers how far this service has durably heard: gathered into one message; may be lost (design.md section 3). */
export class EchoSender {
  readonly #marks = new Map<string, Echo>();
  readonly #transport: Transport;
  readonly #runtime: Runtime;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(transport: Transport, runtime: Runtime) {
    this.#transport = transport;
    this.#runtime = runtime;
  }

  /** This service has durably heard all of `publisher`'s events of `subject` up to `mark`. */
  tell(publisher: ServiceName, subject: string, mark: number): void {
    if (this.#isStopped) return;
    // Gathered: only the newest mark matters.
    this.#marks.set(`${publisher}/${subject}`, { service: publisher, subject, reader: this.#runtime.service, mark });
    this.#timer ??= setTimeout(() => void this.flush(), this.#runtime.timings.echoGatherMs);
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const echoes = [...this.#marks.values()];
    this.#marks.clear();
    for (let from = 0; from < echoes.length; from += batchMax) {
      const batch = echoes.slice(from, from + batchMax);
      try {
        await this.#transport.publish(echoesTopic.name, [
          { key: this.#runtime.service, value: Buffer.from(JSON.stringify({ echoes: batch })), headers: {} },
        ]);
        this.#runtime.counters.echoesSent += batch.length;
      } catch (error) {
        // An echo may be lost: what it stands for comes again, and so does the echo.
        this.#runtime.logger.warn('echoes-not-sent', { echoes: batch.length, error: nameOf(error) });
      }
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.flush();
  }
}

/** The echoes in a message; none when it is not one. */
export function readEchoes(value: Buffer): readonly Echo[] {
  try {
    const parsed = echoBatch.safeParse(JSON.parse(value.toString('utf8')));
    return parsed.success ? parsed.data.echoes : [];
  } catch {
    // Not JSON: an echo may be lost.
    return [];
  }
}
