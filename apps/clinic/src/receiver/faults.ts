import { z } from 'zod';

/** Most faults in one sequence, and the longest wait of one (ms): enough for every test, too little to forget the double in a bad state. */
const sequenceMax = 1000;
const waitMsMax = 600_000;

/** One way in which the receiver behaves badly once. Fields may be joined: wait, then answer so. */
export const fault = z.strictObject({
  /** Which requests use the fault up; the others pass it by. `create`: a document or a transaction. */
  on: z.enum(['create', 'search', 'read']).default('create'),
  /** Answers with this status and stores nothing. */
  status: z.int().min(300).max(599).optional(),
  retryAfterSeconds: z.int().min(0).max(86_400).optional(),
  location: z.url().optional(),
  /** Resets the connection and stores nothing. */
  reset: z.literal(true).optional(),
  /** Waits before it does anything with a request that it has read whole. */
  delayMs: z.int().min(0).max(waitMsMax).optional(),
  /** Waits before it reads the body. */
  readDelayMs: z.int().min(0).max(waitMsMax).optional(),
  /** Stores, and then does not say so: resets the connection, or answers with this status. */
  afterAppend: z.union([z.literal('reset'), z.int().min(400).max(599)]).optional(),
});
export type Fault = z.infer<typeof fault>;

export const faultPlan = z.strictObject({
  sequence: z.array(fault).max(sequenceMax),
  /** False: a receiver that takes the same identifier twice, as many do. */
  honoursIfNoneExist: z.boolean().default(true),
  /** True: a receiver that serves something else than it was sent. */
  altersWhatItStores: z.boolean().default(false),
  /** True: a receiver that does not say where it put what it took. */
  hidesLocation: z.boolean().default(false),
});
export type FaultPlan = z.infer<typeof faultPlan>;
export const noFaults: FaultPlan = { sequence: [], honoursIfNoneExist: true, altersWhatItStores: false, hidesLocation: false };

/** The next fault for a request of this kind, and the plan without it. After the sequence everything is well. */
export function takeFault(plan: FaultPlan, on: Fault['on']): { readonly fault: Fault | undefined; readonly plan: FaultPlan } {
  const index = plan.sequence.findIndex((one) => one.on === on);
  if (index === -1) return { fault: undefined, plan };
  return { fault: plan.sequence[index], plan: { ...plan, sequence: plan.sequence.toSpliced(index, 1) } };
}
