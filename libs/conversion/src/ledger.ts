import type { Ledger, Loss, LossReason, Warning } from './outcome.js';

/** Most warnings a ledger lists: a document of 100,000 statements must not make a report larger than itself. The last one says that more were cut. */
const warningsMax = 2_000;

/** Takes down what became of each statement. The balance holds by construction: a statement is counted when its fate is told, and only there. */
export class LedgerKeeping {
  private readonly bySection = new Map<string, number>();
  private kept = 0;
  private readonly lost: Loss[] = [];
  private readonly warnings = new Map<string, Warning>();

  statementKept(section: string): void {
    this.count(section);
    this.kept++;
  }

  statementLost(section: string, loss: { where: string; what: string; why: LossReason }): void {
    this.count(section);
    this.lost.push(loss);
  }

  /** The same thing at the same place is said once. */
  warn(warning: Warning): void {
    if (this.warnings.size < warningsMax) this.warnings.set(`${warning.where}\n${warning.what}`, warning);
    else this.warnings.set('', { where: 'report', what: `more than ${warningsMax} warnings; the others are not listed` });
  }

  close(): Ledger {
    const statements = [...this.bySection.values()].reduce((sum, count) => sum + count, 0);
    return {
      source: { statements, bySection: Object.fromEntries(this.bySection) },
      kept: this.kept,
      lost: this.lost,
      warnings: [...this.warnings.values()],
    };
  }

  private count(section: string): void {
    this.bySection.set(section, (this.bySection.get(section) ?? 0) + 1);
  }
}
