import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Piscina } from 'piscina';
import type { ConversionResult, ConversionTask } from './conversion.task.js';

export interface PoolLimits {
  readonly threads: number;
  readonly secondsMax: number;
  /** JavaScript heap of one thread, MB. */
  readonly memoryMbMax: number;
}

/** A thread that had nothing to do for so long goes, ms: starting one costs some 300 ms. */
const idleTimeoutMs = 300_000;
/** Node's code for a thread that reached its heap limit. */
const outOfMemory = 'ERR_WORKER_OUT_OF_MEMORY';
/** The thread's program cannot be started at all: a fault of the installation, not of a document. */
const startFaults = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_WORKER_INIT_FAILED']);

/**
 * Runs conversions in threads of their own, so that one document can neither stop the others nor end the process: a thread
 * that takes too long, too much memory or dies is the document's refusal. Only a stop of the caller is thrown.
 */
@Injectable()
export class ConversionPool implements OnApplicationShutdown {
  private readonly pool: Piscina<ConversionTask, ConversionResult>;
  /** A thread that a stop ends is no fault of its document: the work is done again at the next start. */
  private isStopping = false;

  constructor(private readonly limits: PoolLimits) {
    this.pool = new Piscina<ConversionTask, ConversionResult>({
      filename: threadFile(import.meta.url),
      minThreads: 0,
      maxThreads: limits.threads,
      idleTimeout: idleTimeoutMs,
      resourceLimits: { maxOldGenerationSizeMb: limits.memoryMbMax },
      atomics: 'disabled',
    });
  }

  /** @throws when `signal` aborts, when the process stops, or when no thread can be started. */
  async run(task: ConversionTask, signal: AbortSignal): Promise<ConversionResult> {
    const tooSlow = AbortSignal.timeout(this.limits.secondsMax * 1000);
    try {
      return await this.pool.run(task, { signal: AbortSignal.any([signal, tooSlow]) });
    } catch (error) {
      signal.throwIfAborted();
      if (this.isStopping) throw error;
      if (tooSlow.aborted) return { ok: false, reason: 'conversion-too-slow' };
      const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
      if (typeof code === 'string' && startFaults.has(code)) throw error;
      return { ok: false, reason: code === outOfMemory ? 'conversion-too-large' : 'conversion-crashed' };
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    await this.pool.destroy();
  }
}

/** A thread needs a real .js file: from source (jest) that is the copy in dist/, so build before such tests. */
function threadFile(from: string): string {
  const built = new URL('./conversion.thread.js', from).href;
  return from.endsWith('.ts') ? built.replace('/apps/normalization/', '/dist/apps/normalization/') : built;
}
