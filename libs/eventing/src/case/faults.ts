/** Every try of a step met another write first: another process hammers the same case. A fault: to be tried again. */
export class RacesLost extends Error {
  override readonly name = 'RacesLost';
  constructor(caseId: string, attempts: number) {
    super(`case ${caseId}: lost ${attempts} races`);
  }
}

/** The case was written by a newer version of the service: this process must not touch it. */
export class NewerShape extends Error {
  override readonly name = 'NewerShape';
  constructor(caseId: string) {
    super(`case ${caseId}: its shape is newer than this process`);
  }
}

/** Whether a fault is one of storage, to be tried again; anything else that a step throws is a bug. Driver and Mongoose name their errors so. */
export function isStorageFault(error: unknown): boolean {
  for (let fault = error; fault instanceof Error; fault = fault.cause)
    if (fault.name.startsWith('Mongo') || fault instanceof RacesLost) return true;
  return false;
}
