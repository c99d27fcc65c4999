import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Piscina } from 'piscina';
import { type Detection, detect } from '#libs/conversion';

/** Up to here (bytes) a document is read on the spot, some milliseconds; a larger one would stand in everybody's way. */
const onTheSpotBytesMax = 128 * 1024;
/** Documents read side by side; the rest wait. */
const threadsMax = 2;
/** A thread that had nothing to do for so long goes, ms. */
const idleTimeoutMs = 60_000;
/** Reading 50 MB takes some seconds on a quiet machine; longer than this, ms, and no sender waits for the answer. */
const tooSlowMs = 120_000;
/** JavaScript heap of one thread, MB: the tree of the largest document that is read (libs/conversion, limits). */
const memoryMbMax = 1024;
/** The thread died of this document. */
const outOfMemory = 'ERR_WORKER_OUT_OF_MEMORY';

/** Tells what documents are, the large ones in threads of their own. */
@Injectable()
export class DetectionPool implements OnApplicationShutdown {
  private readonly pool = new Piscina<Uint8Array, Detection>({
    filename: threadFile(import.meta.url),
    minThreads: 0,
    maxThreads: threadsMax,
    idleTimeout: idleTimeoutMs,
    resourceLimits: { maxOldGenerationSizeMb: memoryMbMax },
    atomics: 'disabled',
  });

  /** A document that takes too long or too much memory is told as broken. @throws when no thread can be started. */
  async detect(bytes: Uint8Array): Promise<Detection> {
    if (bytes.length <= onTheSpotBytesMax) return detect(bytes);
    const tooSlow = AbortSignal.timeout(tooSlowMs);
    try {
      return await this.pool.run(bytes, { signal: tooSlow });
    } catch (error) {
      const isTooLarge = typeof error === 'object' && error !== null && 'code' in error && error.code === outOfMemory;
      if (!tooSlow.aborted && !isTooLarge) throw error;
      return { type: 'ccda', mediaType: 'application/xml', reason: 'Reading the document takes more time or memory than the limit.' };
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.destroy();
  }
}

/** A thread needs a real .js file: from source (jest) that is the copy in dist/, so build before such tests. */
function threadFile(from: string): string {
  const built = new URL('./detection.thread.js', from).href;
  return from.endsWith('.ts') ? built.replace('/apps/ingestion/', '/dist/apps/ingestion/') : built;
}
