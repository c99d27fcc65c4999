import { z } from 'zod';
import { wordsOf } from '#libs/shared/domain';

/** Control characters (the null character first of all) break displays, printers and HL7 v2; a lone surrogate is no text. */
const controlCharacters = /\p{Cc}/u;
const lineBreaks = /[\t\n\r]/gu;

/** One line of text in any script, kept as given. `lengthMax` in UTF-16 units. */
export function plainText(lengthMax: number): z.ZodString {
  return z
    .string()
    .min(1)
    .max(lengthMax)
    .refine((text) => text.isWellFormed() && !controlCharacters.test(text) && text.trim() !== '');
}

/** Text of several lines. */
export function longText(lengthMax: number): z.ZodString {
  return z
    .string()
    .min(1)
    .max(lengthMax)
    .refine((text) => text.isWellFormed() && !controlCharacters.test(text.replaceAll(lineBreaks, '')) && text.trim() !== '');
}

/** Longest part of a name: longer than any on record, short enough for every page. */
const nameLengthMax = 300;
const valueLengthMax = 200;
/** A person has few names, identifiers and languages; a list of hundreds is a mistake or an attack. */
const listMax = 20;

const name = z
  .object({
    use: z.enum(['usual', 'official', 'temp', 'nickname', 'anonymous', 'old', 'maiden']).optional(),
    text: plainText(nameLengthMax).optional(),
    family: plainText(nameLengthMax).optional(),
    given: z.array(plainText(nameLengthMax)).max(listMax).optional(),
    prefix: z.array(plainText(nameLengthMax)).max(listMax).optional(),
    suffix: z.array(plainText(nameLengthMax)).max(listMax).optional(),
  })
  .refine(({ text, family, given }) => text !== undefined || family !== undefined || (given?.length ?? 0) > 0);

/** A kind as text or code, or as a FHIR CodeableConcept, of which its first code or text is kept. */
const coded = z
  .object({
    text: plainText(valueLengthMax).optional(),
    coding: z
      .array(z.object({ code: plainText(valueLengthMax).optional() }))
      .max(listMax)
      .optional(),
  })
  .transform(({ text, coding }) => coding?.[0]?.code ?? text);

const identifier = z.object({
  system: plainText(valueLengthMax).optional(),
  value: plainText(valueLengthMax),
  type: z.union([plainText(valueLengthMax), coded]).optional(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
});

/** FHIR date: a year, a month or a day; many people abroad know no more of their birth. */
const partialDate = z.string().regex(/^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/);

/** A person as a request tells them. No field is required beside a name. Fields that are not listed here are not kept. */
export const patientDetails = z.object({
  // FHIR's own word. Left aside silently, a hospital number in it would make a second record of a known patient.
  identifier: z.never().optional(),
  identifiers: z.array(identifier).max(listMax).default([]),
  name: z.array(name).min(1).max(listMax),
  birthDate: partialDate.optional(),
  gender: z.enum(['male', 'female', 'other', 'unknown']).optional(),
  /** BCP 47 tags. */
  languages: z
    .array(z.string().regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$/))
    .max(listMax)
    .optional(),
  countries: z
    .array(z.string().regex(/^[A-Z]{2}$/))
    .max(listMax)
    .optional(),
});

/** Whether a body names a patient of the register, so that a refusal can name the field that is wrong. */
export function namesKnownPatient(patient: unknown): boolean {
  return typeof patient === 'object' && patient !== null && 'patientId' in patient;
}

/** Staff may name a patient of the register instead. */
export const knownPatient = z.strictObject({ patientId: z.uuid() });

/** A name is typed in a few words; each further word only narrows what is found. */
const searchWordsMax = 20;

/** `POST /ingestion/patients/search`: at least one of these, and all that are given must be true. */
export const patientSearch = z
  .strictObject({
    identifier: z.strictObject({ system: plainText(valueLengthMax).optional(), value: plainText(valueLengthMax) }).optional(),
    name: plainText(nameLengthMax)
      .refine((text) => wordsOf(text).length > 0 && wordsOf(text).length <= searchWordsMax)
      .optional(),
    birthDate: partialDate.optional(),
  })
  .refine(({ identifier, name, birthDate }) => identifier !== undefined || name !== undefined || birthDate !== undefined);

/** Longest reason a person gives, UTF-16 units. */
const reasonLengthMax = 2000;
const patientId = z.uuid().transform((id) => id.toLowerCase());
export const patientNamed = z.object({ patientId });
/** `POST` and `DELETE /ingestion/patients/{patientId}/links`. */
export const linkRequest = z.strictObject({ to: patientId, reason: longText(reasonLengthMax) });
