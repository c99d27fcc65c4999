import { exampleFacts } from '#libs/contracts';
import { convert } from '#libs/conversion';
import { absentEntry, absentSection, requiredCodes } from './domain/withholding/absent-sections.js';
import { absentIdsOf, releaseIdOf } from './release-id.js';

const source = `<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<id root="1.2.3" extension="1"/><code code="34133-9" codeSystem="2.16.840.1.113883.6.1"/><title>Summary</title><effectiveTime value="20260101"/>
<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>
<recordTarget><patientRole><id root="1.2.3" extension="p"/><patient><name><family>Nobody</family></name></patient></patientRole></recordTarget>
<component><structuredBody></structuredBody></component></ClinicalDocument>`;

it('gives a section emptied by withholding, to the last id, what the conversion gives to one that the source never had', () => {
  const { patientId } = exampleFacts;
  const outcome = convert({
    sources: [{ documentId: '88888888-8888-4888-8888-888888888888', bytes: Buffer.from(source) }],
    patientId,
    recordId: '00000000-0000-4000-8000-000000000001',
    recordedAt: '2026-11-24T12:00:00Z',
  } as Parameters<typeof convert>[0]);
  if (!outcome.ok) throw new Error(outcome.reason);
  // The record is a Bundle whose first entry is its Composition.
  const { entry } = JSON.parse(JSON.stringify(outcome.record)) as {
    entry: { fullUrl: string; resource: { subject: { reference: string }; section: object[] } }[];
  };
  const ids = absentIdsOf(patientId);
  const composition = entry[0]?.resource;
  for (const code of requiredCodes) {
    expect(composition?.section).toContainEqual(absentSection(code, ids));
    const made = absentEntry(code, ids, composition?.subject ?? {});
    expect(JSON.stringify(entry.find(({ fullUrl }) => fullUrl === made['fullUrl']))).toBe(JSON.stringify(made));
    expect(JSON.stringify(composition?.section)).toContain(JSON.stringify(absentSection(code, ids)));
  }
});

it('names a release by its transfer and number, the same every time', () => {
  expect(releaseIdOf('t', 1)).toBe(releaseIdOf('t', 1));
  expect(releaseIdOf('t', 1)).not.toBe(releaseIdOf('t', 2));
  expect(releaseIdOf('t', 1)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
