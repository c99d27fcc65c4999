import { z } from 'zod';
import { eventKind } from './envelope.js';
import { exampleInstant } from './examples.js';
import { actor, instant, partyKind, sha256Hex } from './words.js';

/** Topic `bulfinch.directory.v1`, subject = partyId. No name, no address (domain.md section 1). */
export const partyChanged = eventKind({
  service: 'delivery',
  fact: 'party-changed',
  says: 'A party of the directory was entered or changed; its version rose.',
  data: z.object({
    version: z.int().positive(),
    kind: partyKind,
    countries: z
      .array(z.string().regex(/^[A-Z]{2}$/))
      .min(1)
      .max(20),
    verifiedUntil: instant.optional(),
    suspended: z.boolean(),
    channelHash: sha256Hex,
    actor,
  }),
  example: {
    version: 1,
    kind: 'clinic',
    countries: ['PT'],
    verifiedUntil: exampleInstant,
    suspended: false,
    channelHash: 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c',
    actor: { kind: 'user', id: 'staff-17' },
  },
});

export const directoryEvents = [partyChanged] as const;
