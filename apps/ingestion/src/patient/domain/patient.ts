/** What the register keeps of a person (domain.md section 1): any identifiers or none, names in any script, kept as given. Patient data. */
export interface PatientDetails {
  readonly identifiers: readonly PatientIdentifier[];
  readonly name: readonly PatientName[];
  readonly birthDate?: string;
  readonly gender?: 'male' | 'female' | 'other' | 'unknown';
  readonly languages?: readonly string[];
  readonly countries?: readonly string[];
}
export interface PatientIdentifier {
  readonly system?: string;
  readonly value: string;
  readonly type?: string;
  readonly country?: string;
}
export interface PatientName {
  readonly text?: string;
  readonly family?: string;
  readonly given?: readonly string[];
  readonly prefix?: readonly string[];
  readonly suffix?: readonly string[];
  readonly use?: string;
}

/**
 * The keys by which a patient may be found again: identifiers of the hospital's own systems, given by its staff. Everything else makes a
 * new patient: a machine never joins two people (domain.md section 1).
 */
export function hospitalKeys(details: PatientDetails, hospitalSystems: readonly string[]): readonly string[] {
  const keys = details.identifiers
    .filter(({ system }) => system !== undefined && hospitalSystems.includes(system))
    .map(({ system, value }) => `${system}|${value}`);
  return [...new Set(keys)].sort();
}

export type PatientRefusal = 'unknown-patient' | 'identifiers-of-several-patients';

/** Which patient the found ones are: none is new, one is found, several are a contradiction that a person must solve. */
export function patientAmong(found: readonly string[]): { readonly patientId: string | undefined } | { readonly refused: PatientRefusal } {
  const [patientId, ...others] = new Set(found);
  return others.length > 0 ? { refused: 'identifiers-of-several-patients' } : { patientId };
}
