import { readFile } from 'node:fs/promises';
import type { HumanName, Patient } from 'fhir/r4.js';
import { WrongUse } from '../io.js';

const example = `{
  "name": [{ "given": ["Zoë"], "family": "Ñandú" }],
  "birthDate": "1971-03-20",
  "gender": "female",
  "identifiers": [{ "system": "urn:oid:2.16.840.1.113883.3.1", "value": "12345", "country": "US" }]
}`;

/**
 * The patient as `POST /ingestion/transfers` takes it: the file's own words, or those of a FHIR R4 Patient.
 * @throws WrongUse with an example when the file is neither.
 */
export async function readPatient(file: string): Promise<object> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch {
    // The parser's message quotes the file, which names a person.
    throw new WrongUse(
      `${file} is not a readable JSON file. A patient is told like this:\n${example}\nor as {"patientId": "..."} of one who is known, or as a FHIR R4 Patient.`,
    );
  }
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) {
    if ('resourceType' in content && content.resourceType === 'Patient') return fromResource(content as Patient); // what the file says it is; the door checks every field
    if (!('resourceType' in content) && ('name' in content || 'patientId' in content)) return content;
  }
  throw new WrongUse(`${file} tells no patient: it needs a name, or a patientId. For example:\n${example}`);
}

function fromResource(patient: Patient): object {
  const languages = (patient.communication ?? []).flatMap(({ language }) => language.coding?.[0]?.code ?? []);
  const countries = (patient.address ?? []).flatMap(({ country }) => (country && /^[A-Z]{2}$/.test(country) ? [country] : []));
  return {
    identifiers: (patient.identifier ?? []).flatMap(({ system, value }) =>
      value === undefined ? [] : [{ ...(system ? { system } : {}), value }],
    ),
    name: (patient.name ?? []).map(nameOf),
    ...(patient.birthDate ? { birthDate: patient.birthDate } : {}),
    ...(patient.gender ? { gender: patient.gender } : {}),
    ...(languages.length > 0 ? { languages } : {}),
    ...(countries.length > 0 ? { countries: [...new Set(countries)] } : {}),
  };
}

function nameOf({ use, text, family, given, prefix, suffix }: HumanName): object {
  return Object.fromEntries(Object.entries({ use, text, family, given, prefix, suffix }).filter(([, value]) => value !== undefined));
}
