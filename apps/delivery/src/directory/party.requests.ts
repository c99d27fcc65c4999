import { z } from 'zod';
import { instant, partyKind } from '#libs/contracts';

/** Longest names, lists and waits of a party; far above what exists. */
const nameLengthMax = 200;
const listMax = 20;
const secondsMax = 3600;

const country = z.string().regex(/^[A-Z]{2}$/);
/** RFC 6750 section 2.1, b64token: anything else could not stand in a header. */
const bearerToken = z
  .string()
  .max(8192)
  .regex(/^[A-Za-z0-9._~+/-]+=*$/);
const channel = z.strictObject({
  type: z.literal('fhir'),
  baseUrl: z.url({ protocol: /^https?$/ }).max(500),
  mode: z.enum(['document', 'transaction']).default('document'),
  auth: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('none') }),
      z.strictObject({
        type: z.literal('smart'),
        tokenUrl: z.url({ protocol: /^https?$/ }).max(500),
        clientId: z.string().min(1).max(nameLengthMax),
        scope: z
          .string()
          .regex(/^system\/[\x21-\x7e]+( system\/[\x21-\x7e]+)*$/)
          .max(500)
          .default('system/*.cruds'),
      }),
      // Without a token: the one that is there stays. It is never shown, so a change of something else could not send it along.
      z.strictObject({ type: z.literal('bearer'), token: bearerToken.optional() }),
    ])
    .default({ type: 'none' }),
  retry: z.enum(['dedupes', 'searchable', 'blind']),
  settleSeconds: z.number().min(0).max(secondsMax).optional(),
  answerTimeoutSeconds: z.number().min(1).max(secondsMax).default(60),
  /** Statuses that this receiver promises to give only to what it has not taken. */
  notTaken: z
    .array(z.union([z.literal(429), z.literal(503)]))
    .max(2)
    .default([]),
});

/** Body of `PUT /delivery/recipients/{id}`. */
export const partyRequest = z
  .strictObject({
    name: z.string().trim().min(1).max(nameLengthMax),
    kind: partyKind,
    country: country.optional(),
    countries: z.array(country).min(1).max(listMax).optional(),
    languages: z
      .array(z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/))
      .max(listMax)
      .default([]),
    timeZone: z
      .string()
      .regex(/^[A-Za-z0-9_+/-]{1,60}$/)
      .optional(),
    channel,
    verifiedUntil: instant.optional(),
    suspended: z.boolean().default(false),
    internal: z.boolean().default(false),
  })
  .refine((party) => (party.country === undefined) !== (party.countries === undefined), { path: ['countries'] });
export type PartyRequest = z.infer<typeof partyRequest>;

/** Query of `GET /delivery/recipients`. */
export const partyQuery = z.strictObject({
  q: z.string().max(nameLengthMax).optional(),
  country: country.optional(),
  kind: partyKind.optional(),
});
export type PartyQuery = z.infer<typeof partyQuery>;
