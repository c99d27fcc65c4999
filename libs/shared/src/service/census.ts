import { Injectable } from '@nestjs/common';

/** Numbers that only storage knows, such as transfers by state. Names and label values are of closed lists: no ids, no patient data. */
export interface Count {
  /** Prometheus name, `bulfinch_...`. */
  readonly name: string;
  readonly help: string;
  /** Name of the one label; absent where there is a single number, told under the key ''. */
  readonly label?: string;
  /** Label value -> number. Asked for when `/metrics` is, at most each quarter of a minute. @throws when storage fails: then nothing is told. */
  read(): Promise<ReadonlyMap<string, number>>;
}

/** What the parts of one service have counted in storage for `/metrics`. */
@Injectable()
export class Census {
  readonly counts: Count[] = [];

  add(count: Count): void {
    this.counts.push(count);
  }
}
