import { z } from 'zod';
import { commonSettings, loadConfig } from '#libs/shared/config';

/** 100 MB: a scanned chart of some hundred pages; imaging studies come with their own issue. */
const documentBytesMaxDefault = 100 * 1024 * 1024;

/** Settings of ingestion beside the common ones. */
export const ingestionSettings = z.object({
  ...commonSettings,
  /** Identifier systems (URIs) whose numbers find an existing patient when staff give them, comma separated. */
  HOSPITAL_IDENTIFIER_SYSTEMS: z
    .string()
    .regex(/^[^,\s]+(,[^,\s]+)*$/, 'must be URIs, comma separated')
    .default('urn:bulfinch:mgh:mrn')
    .transform((list) => list.split(',')),
  /** Largest document taken in, bytes. */
  DOCUMENT_BYTES_MAX: z.coerce
    .number()
    .int()
    .min(1024)
    .max(1024 ** 3)
    .default(documentBytesMaxDefault),
});
export type IngestionConfig = z.infer<typeof ingestionSettings>;

/** Token of the settings in Nest's container. */
export const CONFIG = 'ingestion:config';

/** Reads the settings. @throws ConfigProblem that names every wrong one. */
export function ingestionConfig(environment?: NodeJS.ProcessEnv): IngestionConfig {
  return loadConfig(ingestionSettings, environment);
}
