/** What the runtime of one service has counted since its start. */
export interface Counters {
  steps: number;
  lostRaces: number;
  published: number;
  publishFailures: number;
  resent: number;
  applied: number;
  repeated: number;
  gaps: number;
  parked: number;
  unreadable: number;
  newerShape: number;
  echoesSent: number;
  echoesHeard: number;
  workStarted: number;
  workFailed: number;
  leasesTakenOver: number;
  resultsThrownAway: number;
}

export function newCounters(): Counters {
  return {
    steps: 0,
    lostRaces: 0,
    published: 0,
    publishFailures: 0,
    resent: 0,
    applied: 0,
    repeated: 0,
    gaps: 0,
    parked: 0,
    unreadable: 0,
    newerShape: 0,
    echoesSent: 0,
    echoesHeard: 0,
    workStarted: 0,
    workFailed: 0,
    leasesTakenOver: 0,
    resultsThrownAway: 0,
  };
}
