import type { Io } from '../io.js';

/** What the demo claims, each with whether it is true. It succeeds only if all are. */
export class Checks {
  private readonly all: { readonly claim: string; readonly holds: boolean }[] = [];
  constructor(private readonly io: Io) {}

  check(claim: string, holds: boolean): void {
    this.all.push({ claim, holds });
    this.io.out(`${holds ? 'ok  ' : 'NOT '} ${claim}`);
  }

  get failed(): readonly string[] {
    return this.all.filter(({ holds }) => !holds).map(({ claim }) => claim);
  }

  get result(): readonly { readonly claim: string; readonly holds: boolean }[] {
    return this.all;
  }
}
