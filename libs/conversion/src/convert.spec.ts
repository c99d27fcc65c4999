import type { CompositionSection } from 'fhir/r4.js';
import { convert } from './convert.js';
import {
  allergy,
  ccda,
  converted,
  inputOf,
  medication,
  only,
  panel,
  patientId,
  problem,
  refused,
  resources,
  result,
  section,
  substance,
} from './testing/ccda-fixture.js';

const asthma = problem(
  '<id root="1.2.3" extension="C-1"/><value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96" displayName="Asthma"/>',
);
const latex = allergy(
  `<value xsi:type="CD" code="419199007" codeSystem="2.16.840.1.113883.6.96"/>${substance('<code code="111088007" codeSystem="2.16.840.1.113883.6.96" displayName="Latex"/>')}`,
);
const hemoglobin = panel([result('<value xsi:type="PQ" value="13" unit="g/dL"/>')]);
const full = () =>
  ccda({
    sections: [
      section('11450-4', [asthma]),
      section('48765-2', [latex]),
      section('10160-0', [medication('')]),
      section('30954-2', [hemoglobin]),
    ],
  });
const sectionsOf = (record: ReturnType<typeof converted>['record']): CompositionSection[] => only(record, 'Composition').section ?? [];
const codesIn = (one: CompositionSection | undefined): (string | undefined)[] => one?.code?.coding?.map(({ code }) => code) ?? [];

describe('a record', () => {
  it('is a document whose author is the house, and whose source keeps its own people', () => {
    const header =
      '<author><time value="2026"/><assignedAuthor><id root="1.2.7" extension="A"/><assignedPerson><name><family>Autor</family></name></assignedPerson></assignedAuthor></author>' +
      '<legalAuthenticator><time value="2026"/><signatureCode code="S"/><assignedEntity><id root="1.2.7" extension="L"/><assignedPerson><name><family>Signer</family></name></assignedPerson></assignedEntity></legalAuthenticator>';
    const { record } = converted(ccda({ header, sections: [section('11450-4', [asthma])] }));
    const composition = only(record, 'Composition');
    const byUrl = new Map(record.entry?.map(({ fullUrl, resource }) => [fullUrl, resource]));
    expect(composition.author.map(({ reference }) => byUrl.get(reference)?.resourceType)).toEqual(['Device', 'Organization']);
    expect(composition.type.coding?.map(({ code }) => code)).toEqual(['34133-9', '60591-5']);
    const source = only(record, 'DocumentReference');
    expect(byUrl.get(source.authenticator?.reference)).toMatchObject({ name: [{ family: 'Signer' }] });
    expect(byUrl.get(source.author?.[0]?.reference)).toMatchObject({ name: [{ family: 'Autor' }] });
    expect(source.date).toBe('2026-01-02T03:04:05+01:00');
  });

  it('holds the source byte for byte, with its size and SHA-1', () => {
    const bytes = full();
    const { record } = converted(bytes);
    const attachment = only(record, 'DocumentReference').content[0]?.attachment;
    const binary = only(record, 'Binary');
    expect(attachment).toMatchObject({ contentType: 'application/xml', size: bytes.byteLength, url: `urn:uuid:${binary.id}` });
    expect(Buffer.from(binary.data ?? '', 'base64').equals(bytes)).toBe(true);
    expect(attachment?.hash).toMatch(/^[\w+/]{27}=$/);
  });

  it('says of every resource of a source which source it came from', () => {
    const { record } = converted(full());
    const provenance = only(record, 'Provenance');
    expect(provenance.entity?.[0]?.what.reference).toBe(`urn:uuid:${only(record, 'DocumentReference').id}`);
    const targets = provenance.target.map(({ reference }) => reference);
    for (const type of ['Condition', 'AllergyIntolerance', 'MedicationStatement', 'Observation', 'DiagnosticReport'] as const) {
      expect(targets).toContain(`urn:uuid:${only(record, type).id}`);
    }
  });

  it('has the same bytes whenever the same documents are converted', () => {
    expect(JSON.stringify(converted(full()))).toBe(JSON.stringify(converted(full())));
  });

  it('has no reference that leads nowhere, and no id twice', () => {
    const { record } = converted(full());
    const urls = record.entry?.map(({ fullUrl }) => fullUrl) ?? [];
    const references = [...JSON.stringify(record).matchAll(/"reference":"([^"]+)"/g)].map(([, reference]) => reference);
    expect(references.length).toBeGreaterThan(20);
    expect(references.filter((reference) => !urls.includes(reference))).toEqual([]);
    expect(new Set(urls).size).toBe(urls.length);
  });

  it('never shows the patient’s id in this house, and never shares an id between two patients', () => {
    const first = converted(full()).record;
    expect(JSON.stringify(first)).not.toContain(patientId);
    const second = convert({ ...inputOf(full()), patientId: '6f1b3f0e-3b0b-4f43-9d0a-7a3f6f6a0009' });
    const ids = (record: typeof first): (string | undefined)[] => (record.entry ?? []).map(({ fullUrl }) => fullUrl);
    expect(second.ok && ids(second.record).filter((url) => ids(first).includes(url))).toEqual([]);
  });

  it('gives a problem the same id in a later version of its document', () => {
    const id = (extension: string, text: string) =>
      only(converted(ccda({ id: extension, sections: [section('11450-4', [asthma], text)] })).record, 'Condition').id;
    expect(id('D-1', 'old')).toBe(id('D-2', 'new'));
  });

  it('keeps two statements under which a source put the same id', () => {
    const other = problem('<id root="1.2.3" extension="C-1"/><value xsi:type="CD" code="73211009" codeSystem="2.16.840.1.113883.6.96"/>');
    const { record, report } = converted(ccda({ sections: [section('11450-4', [asthma, other])] }));
    expect(new Set(resources(record, 'Condition').map(({ id }) => id)).size).toBe(2);
    expect(report.kept).toBe(2);
  });
});

describe('statements without an id of their own', () => {
  const nameless = (code: string): string => problem(`<value xsi:type="CD" code="${code}" codeSystem="2.16.840.1.113883.6.96"/>`);
  const idsOf = (bytes: Uint8Array) => resources(converted(bytes).record, 'Condition').map(({ id }) => id);
  const versioned = (setId: string, id: string) =>
    ccda({
      id,
      header: `<setId root="1.2.3.8" extension="${setId}"/>`,
      sections: [section('11450-4', [nameless('195967001'), nameless('73211009')])],
    });

  it('are kept apart by their place, and keep their ids in the next version of the document', () => {
    const ids = idsOf(versioned('S-1', 'D-1'));
    expect(new Set(ids).size).toBe(2);
    expect(idsOf(versioned('S-1', 'D-2'))).toEqual(ids);
  });

  it('have other ids in another document', () => {
    expect(idsOf(versioned('S-2', 'D-1')).filter((id) => idsOf(versioned('S-1', 'D-1')).includes(id))).toEqual([]);
  });

  it('keep the id of their place when what they say is corrected, or other sections and entries are added', () => {
    const [first] = idsOf(ccda({ sections: [section('11450-4', [nameless('195967001')])] }));
    expect(idsOf(ccda({ sections: [section('11450-4', [nameless('73211009')])] }))).toEqual([first]);
    const second = idsOf(ccda({ sections: [section('11450-4', [nameless('44054006'), nameless('73211009')])] }));
    expect(second[0]).toBe(first);
    const behind = idsOf(ccda({ sections: [section('11348-0', [nameless('38341003')]), section('11450-4', [nameless('195967001')])] }));
    expect(behind[1]).toBe(first);
  });
});

describe('sections', () => {
  it('keep every narrative, nested and without entries too', () => {
    const nested = section('18776-5', [], 'outer words').replace(
      '</section>',
      `<component>${section('42349-1', [], 'inner words')}</component></section>`,
    );
    const [first] = sectionsOf(converted(ccda({ sections: [nested] })).record);
    expect(first?.text?.div).toContain('outer words');
    expect(first?.section?.[0]?.text?.div).toContain('inner words');
  });

  it.each([
    ['11450-4', 'no-problem-info'],
    ['48765-2', 'no-allergy-info'],
    ['10160-0', 'no-medication-info'],
  ])('%s is there with "no information", never "none known", where the source has none', (code, expected) => {
    const { record } = converted(ccda());
    const found = sectionsOf(record).find((one) => codesIn(one).includes(code));
    const entry = record.entry?.find(({ fullUrl }) => fullUrl === found?.entry?.[0]?.reference);
    expect(JSON.stringify(entry?.resource)).toContain(expected);
    expect(found?.text?.div).toContain('Information unavailable');
  });

  it('with words but no entries keep the words, and say that nothing is coded', () => {
    const { record } = converted(ccda({ sections: [section('48765-2', [], 'Allergic to cats')] }));
    const found = sectionsOf(record).filter((one) => codesIn(one).includes('48765-2'));
    expect(found).toHaveLength(1);
    expect(found[0]?.text?.div).toContain('Allergic to cats');
    expect(only(record, 'AllergyIntolerance').code?.text).toBe('No information about allergies in coded form; see the text of the section');
  });

  it('without anything in them read as a section that the source never had', () => {
    const [empty] = sectionsOf(
      converted(ccda({ sections: ['<section><code code="8716-3" codeSystem="2.16.840.1.113883.6.1"/><title>Vitals</title></section>'] }))
        .record,
    );
    expect(empty?.text?.div).toContain('Information unavailable');
  });
});

describe('the ledger', () => {
  it('balances, and names what is not coded yet without any value', () => {
    const coverage =
      '<act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.60"/><code code="SECRET-CODE" codeSystem="2.16.840.1.113883.6.1"/></act>';
    const { report } = converted(
      ccda({ sections: [section('11450-4', [asthma]), section('48768-6', [coverage]), section('Mr Secret', [coverage])] }),
    );
    expect(report.source).toEqual({ statements: 3, bySection: { '11450-4': 1, '48768-6': 1, 'other code': 1 } });
    expect(report.kept).toBe(1);
    expect(report.lost).toHaveLength(2);
    expect(report.lost[0]).toEqual({
      where: '00000000-0000-4000-8000-000000000001: ClinicalDocument/component/structuredBody/component[2]/section/entry/act',
      what: 'act, template 2.16.840.1.113883.10.20.22.4.60, code system 2.16.840.1.113883.6.1',
      why: 'not-coded-yet',
    });
    expect(JSON.stringify(report)).not.toMatch(/SECRET|Secret|Asthma|195967001|Anna/);
  });
});

describe('several documents', () => {
  it('stand one after another, about one patient; equal statements once', () => {
    const one = ccda({ sections: [section('11450-4', [asthma], 'first')] });
    const two = ccda({ id: 'D-2', sections: [section('11450-4', [asthma], 'second'), section('48765-2', [latex])] });
    const { record, report } = converted(one, two);
    expect(sectionsOf(record).map((found) => codesIn(found)[0])).toEqual(['11450-4', '11450-4', '48765-2', '10160-0', '77599-9']);
    expect(resources(record, 'Patient')).toHaveLength(1);
    expect(resources(record, 'Condition')).toHaveLength(1);
    expect(resources(record, 'Provenance')).toHaveLength(2);
    expect(report.source.statements).toBe(3);
  });

  it('that describe the patient differently are told', () => {
    const other = ccda({
      id: 'D-2',
      patientRole: '<patientRole><id root="1.2.3.4" extension="P-2"/><patient><name><family>Other</family></name></patient></patientRole>',
    });
    const { record, report } = converted(ccda(), other);
    expect(only(record, 'Patient').name?.[0]?.family).toBe('Beispiel');
    expect(report.warnings.map(({ what }) => what)).toContain(
      'the document describes the patient otherwise than the first document; the first one’s description is kept',
    );
  });
});

describe('patients', () => {
  it('of any country, with names in any script, need no identifier and no birth date', () => {
    const role =
      '<patientRole><id nullFlavor="UNK"/><addr><country>JP</country></addr><patient><name use="IDE"><family>山田</family><given>花子</given></name><name>سارة</name></patient></patientRole>';
    const found = only(converted(ccda({ patientRole: role })).record, 'Patient');
    expect(found.name).toEqual([{ family: '山田', given: ['花子'] }, { text: 'سارة' }]);
    expect(found.identifier).toBeUndefined();
    expect(found.gender).toBeUndefined();
    expect(found._birthDate?.extension?.[0]?.valueCode).toBe('unknown');
  });
});

describe('documents without sections', () => {
  it('keep their body as a second attachment, whole', () => {
    const body = `<component><nonXMLBody><text mediaType="application/pdf" representation="B64">${Buffer.from('%PDF-1.4 x').toString('base64')}</text></nonXMLBody></component>`;
    const { record } = converted(ccda({ body }));
    const attachment = only(record, 'DocumentReference').content[1]?.attachment;
    expect(attachment).toMatchObject({ contentType: 'application/pdf', size: 10 });
    const binary = resources(record, 'Binary').find(({ id }) => attachment?.url === `urn:uuid:${id}`);
    expect(Buffer.from(binary?.data ?? '', 'base64').toString()).toBe('%PDF-1.4 x');
  });
  it('whose body lies elsewhere are told', () => {
    const body = '<component><nonXMLBody><text mediaType="application/pdf"><reference value="scan.pdf"/></text></nonXMLBody></component>';
    expect(converted(ccda({ body })).report.warnings.map(({ what }) => what)).toContain(
      'the body is not in the document; it only refers to it',
    );
  });
});

describe('documents that are refused', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  it.each([
    ['not-convertible-yet', bytes('{"resourceType":"Bundle"}')],
    ['not-convertible-yet', bytes('MSH|^~\\&|')],
    ['not-convertible-yet', bytes('%PDF-1.7')],
    ['unknown-type', new Uint8Array([0, 1])],
    ['not-well-formed', bytes('<ClinicalDocument xmlns="urn:hl7-org:v3"><Mustermann></ClinicalDocument>')],
    [
      'dtd-not-allowed',
      bytes('<!DOCTYPE ClinicalDocument [<!ENTITY a "Mustermann">]><ClinicalDocument xmlns="urn:hl7-org:v3">&a;</ClinicalDocument>'),
    ],
    ['not-a-clinical-document', bytes('<ClinicalDocument xmlns="urn:Mustermann"/>')],
  ])('%s', (reason, content) => {
    const outcome = refused(content);
    expect(outcome.reason).toBe(reason);
    expect(outcome.detail).toMatch(/^Document 00000000-0000-4000-8000-000000000001: .+\.$/);
    expect(outcome.detail).not.toContain('Mustermann');
    expect(outcome.report).toEqual({ source: { statements: 0, bySection: {} }, kept: 0, lost: [], warnings: [] });
  });
  it('refuse the whole record, naming which', () => {
    expect(refused(full(), bytes('<a>')).detail).toContain('00000000-0000-4000-8000-000000000002');
  });
  it('no-sources: a record of nothing', () => {
    expect(refused().reason).toBe('no-sources');
  });
});
