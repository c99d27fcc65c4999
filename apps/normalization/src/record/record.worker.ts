import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { type PatientFacts, patientFacts } from '#libs/contracts';
import type { Job } from '#libs/eventing';
import { Vault, VaultRefusal } from '#libs/vault';
import { type Mismatch, mismatchOf } from '../match/domain/match.js';
import { ConversionPool } from './conversion.pool.js';
import type { ConversionTask } from './conversion.task.js';
import type { FoundMismatch } from './domain/match.js';
import type { RecordInput, RecordState, SourceDocument, Task } from './domain/record.js';
import { RECORDS, type RecordCases } from './record.cases.js';

/** A lease stands for so long without a beat before another process takes the work over, ms. */
const leaseMs = 30_000;
/** A fault of storage is tried again after so long, ms, doubling. */
const retryMs = 1000;

export const CONCURRENCY = 'normalization:concurrency';

/** Converts the documents of due transfers. The same documents give the same bytes, however often they are tried. */
@Injectable()
export class RecordWorker implements OnModuleInit {
  private readonly logger = new Logger('record');
  constructor(
    @Inject(RECORDS) private readonly records: RecordCases,
    @Inject(CONCURRENCY) private readonly concurrency: number,
    private readonly vault: Vault,
    private readonly pool: ConversionPool,
  ) {}

  onModuleInit(): void {
    this.records.work({
      kind: 'convert',
      effect: 'inner',
      leaseMs,
      concurrency: this.concurrency,
      retryMs,
      run: (job) => this.convert(job),
    });
  }

  private async convert({ id, state, signal }: Job<RecordState>): Promise<RecordInput | undefined> {
    // Withdrawn since it became due: nothing is left to do.
    if (state.status !== 'converting') return undefined;
    const opened = await this.openOriginals(state);
    if ('reason' in opened) return { type: 'NotConvertible', ...opened };
    const result = await this.pool.run(opened, signal);
    if (!result.ok) {
      this.logger.warn({ what: 'documents refused', transferId: id, reason: result.reason });
      return { type: 'NotConvertible', reason: result.reason, ...blamed(result.documentId, state) };
    }
    const register = await this.registerOf(state);
    if (register === 'broken') return { type: 'NotConvertible', reason: 'patient-facts-broken' };
    const kept = { patientId: state.facts.patientId, heldBy: id };
    const [record, ledger, mismatch] = await Promise.all([
      this.vault.put(result.record, { ...kept, readers: ['consent'] }),
      this.vault.put(result.ledger, { ...kept, readers: ['normalization'] }),
      this.sealed(register && mismatchOf(register, result.stated), kept),
    ]);
    return { type: 'Converted', record, ledger, summary: result.summary, ...(mismatch && { mismatch }) };
  }

  /** What the register says of the patient. `broken`: no second try can mend it. @throws as `openOriginals`. */
  private async registerOf({ patient }: Task): Promise<PatientFacts | undefined | 'broken'> {
    if (!patient) return undefined;
    try {
      return patientFacts.parse(JSON.parse(Buffer.from(await this.vault.open(patient)).toString('utf8')));
    } catch (error) {
      if (error instanceof VaultRefusal && reasonOf(error) !== undefined) return 'broken';
      throw error;
    }
  }

  /** Both values for the person who decides, sealed to this service alone. */
  private async sealed(
    found: Mismatch | undefined,
    kept: { readonly patientId: string; readonly heldBy: string },
  ): Promise<FoundMismatch | undefined> {
    if (!found) return undefined;
    const values = await this.vault.put(Buffer.from(JSON.stringify(found), 'utf8'), { ...kept, readers: ['normalization'] });
    return { holdId: randomUUID(), values, at: new Date().toISOString() };
  }

  /** @throws when storage is away, or when this service has not the key: both are tried again. */
  private async openOriginals(task: Task): Promise<ConversionTask | { reason: string; documentId: string }> {
    const documents: ConversionTask['documents'][number][] = [];
    for (const { documentId, type, blob } of task.documents)
      try {
        documents.push({ documentId, type, bytes: await this.vault.open(blob) });
      } catch (error) {
        const reason = error instanceof VaultRefusal ? reasonOf(error) : undefined;
        if (reason === undefined) throw error;
        return { reason, documentId };
      }
    return { patientId: task.facts.patientId, recordId: task.recordId, recordedAt: task.recordedAt, documents };
  }
}

/** What no second try can mend; a missing key can be mended, so it is not in here. */
function reasonOf(refusal: VaultRefusal): string | undefined {
  switch (refusal.code) {
    case 'unknown-blob':
      return 'original-missing';
    case 'integrity':
      return 'original-broken';
    case 'too-large':
      return 'document-too-large';
    case 'not-a-reader':
      return undefined;
  }
}

/** The document at fault: named by the conversion, or the only one. */
function blamed(documentId: string | undefined, state: { readonly documents: readonly SourceDocument[] }): { documentId?: string } {
  const only = state.documents.length === 1 ? state.documents[0]?.documentId : undefined;
  const found = documentId ?? only;
  return found === undefined ? {} : { documentId: found };
}
