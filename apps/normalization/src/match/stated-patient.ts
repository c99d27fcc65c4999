import type { Bundle, Patient } from 'fhir/r4.js';
import type { PatientFacts } from '#libs/contracts';

/** What the record's Patient says of who it is about. A name that is absent with a reason says nothing. */
export function statedPatient(record: Bundle): PatientFacts {
  const found = record.entry?.find(({ resource }) => resource?.resourceType === 'Patient')?.resource;
  // The cast is what its resourceType says.
  return found ? factsOf(found as Patient) : { names: [], identifiers: [] };
}

function factsOf({ name = [], birthDate, gender, identifier = [] }: Patient): PatientFacts {
  return {
    names: name.map(({ text, family, given }) => ({
      ...(text !== undefined && { text }),
      ...(family !== undefined && { family }),
      ...(given && { given }),
    })),
    ...(birthDate !== undefined && { birthDate }),
    ...(gender !== undefined && { gender }),
    identifiers: identifier.flatMap(({ system, value }) => (system === undefined || value === undefined ? [] : [{ system, value }])),
  };
}
