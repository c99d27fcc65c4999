import { z } from 'zod';

/** Longest names, roles and reasons of a person, characters. */
const textLengthMax = 1000;

/** Body of `POST /delivery/deliveries/{id}/acknowledgements`. */
export const acknowledgementRequest = z.strictObject({
  name: z.string().trim().min(1).max(textLengthMax),
  role: z.string().trim().min(1).max(textLengthMax),
  how: z.enum(['portal', 'phone', 'fhir']),
});

/** Body of `POST /delivery/transfers/{id}/holds/{holdId}`. */
export const holdAnswerRequest = z.strictObject({
  decision: z.enum(['send-again', 'was-received', 'give-up']),
  reason: z.string().trim().min(1).max(textLengthMax),
});
