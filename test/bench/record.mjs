import { randomUUID } from 'node:crypto';

/** In each document's text and in nothing else; found again in what arrives. */
export const markerPattern = /bench-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

const snomed = '2.16.840.1.113883.6.96';
const loinc = '2.16.840.1.113883.6.1';
const rxnorm = '2.16.840.1.113883.6.88';

/** [code, display, start] of an invented person. SNOMED CT. */
const problems = [
  ['44054006', 'Type 2 diabetes mellitus', '20140311'],
  ['38341003', 'Hypertensive disorder', '20120604'],
  ['55822004', 'Hyperlipidemia', '20130122'],
  ['195967001', 'Asthma', '19890915'],
  ['396275006', 'Osteoarthritis', '20190218'],
  ['40930008', 'Hypothyroidism', '20160730'],
];
/** [RxNorm code, display, start, SNOMED CT code of the reaction, its display] */
const allergies = [
  ['7980', 'Penicillin G', '19950502', '247472004', 'Urticaria'],
  ['1191', 'Aspirin', '20070119', '56018004', 'Wheezing'],
  ['2670', 'Codeine', '20110820', '422587007', 'Nausea'],
];
/** [RxNorm code, display, dose, unit, hours between doses, start] */
const medications = [
  ['861007', 'metformin hydrochloride 500 MG Oral Tablet', '500', 'mg', '12', '20140311'],
  ['314076', 'lisinopril 10 MG Oral Tablet', '10', 'mg', '24', '20120604'],
  ['617311', 'atorvastatin 40 MG Oral Tablet', '40', 'mg', '24', '20130122'],
  ['966221', 'levothyroxine sodium 0.075 MG Oral Tablet', '75', 'ug', '24', '20160730'],
  ['313782', 'acetaminophen 325 MG Oral Tablet', '650', 'mg', '6', '20190218'],
];
/** [LOINC code, display, value, unit, low, high] of one metabolic panel. */
const tests = [
  ['2345-7', 'Glucose [Mass/volume] in Serum or Plasma', '126', 'mg/dL', '70', '99'],
  ['2160-0', 'Creatinine [Mass/volume] in Serum or Plasma', '0.9', 'mg/dL', '0.5', '1.1'],
  ['2951-2', 'Sodium [Moles/volume] in Serum or Plasma', '139', 'mmol/L', '135', '145'],
  ['2823-3', 'Potassium [Moles/volume] in Serum or Plasma', '4.2', 'mmol/L', '3.5', '5.1'],
  ['17861-6', 'Calcium [Mass/volume] in Serum or Plasma', '9.4', 'mg/dL', '8.5', '10.2'],
  ['1742-6', 'Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma', '28', 'U/L', '7', '56'],
];
const panelDays = ['20240115', '20250117'];
/** [LOINC code, display, value, unit] */
const vitals = [
  ['8480-6', 'Systolic blood pressure', '134', 'mm[Hg]'],
  ['8462-4', 'Diastolic blood pressure', '82', 'mm[Hg]'],
  ['8867-4', 'Heart rate', '71', '/min'],
  ['29463-7', 'Body weight', '74.5', 'kg'],
];

/** @param {string} code @param {string} system @param {string} display */
const coded = (code, system, display) => `code="${code}" codeSystem="${system}" displayName="${display}"`;

/** @param {string} template @param {string} code @param {string} title @param {readonly string[][]} rows @param {readonly string[]} entries */
const section = (template, code, title, rows, entries) => `
<component><section><templateId root="${template}" extension="2015-08-01"/><templateId root="${template}"/>
  <code ${coded(code, loinc, title)}/><title>${title}</title>
  <text><table><thead><tr><th>Item</th><th>Detail</th><th>Date</th></tr></thead><tbody>${rows
    .map(
      (cells, row) =>
        `\n    <tr ID="${code}-${row}">${cells.map((cell, column) => `<td${column === 0 ? ` ID="${code}-${row}-name"` : ''}>${cell}</td>`).join('')}</tr>`,
    )
    .join('')}
  </tbody></table></text>${entries.map((entry) => `\n  <entry typeCode="DRIV">${entry}</entry>`).join('')}
</section></component>`;

/** @param {string} root @param {string} extension */
const idOf = (root, extension) => `<id root="${root}" extension="${extension}"/>`;

/** @param {string} root */
const problemSection = (root) =>
  section(
    '2.16.840.1.113883.10.20.22.2.5.1',
    '11450-4',
    'Problem list',
    problems.map(([, display = '', start = '']) => [display, 'active', start]),
    problems.map(
      ([code = '', display = '', start], at) => `<act classCode="ACT" moodCode="EVN">
    <templateId root="2.16.840.1.113883.10.20.22.4.3" extension="2015-08-01"/>${idOf(root, `p${at}`)}
    <code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/><effectiveTime><low value="${start}"/></effectiveTime>
    <entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">
      <templateId root="2.16.840.1.113883.10.20.22.4.4" extension="2015-08-01"/>${idOf(root, `p${at}o`)}
      <code ${coded('55607006', snomed, 'Problem')}><translation ${coded('75326-9', loinc, 'Problem')}/></code>
      <text><reference value="#11450-4-${at}"/></text><statusCode code="completed"/><effectiveTime><low value="${start}"/></effectiveTime>
      <value xsi:type="CD" ${coded(code, snomed, display)}><originalText><reference value="#11450-4-${at}-name"/></originalText></value>
    </observation></entryRelationship></act>`,
    ),
  );

/** @param {string} root */
const allergySection = (root) =>
  section(
    '2.16.840.1.113883.10.20.22.2.6.1',
    '48765-2',
    'Allergies and adverse reactions',
    allergies.map(([, display = '', start = '', , reaction = '']) => [display, reaction, start]),
    allergies.map(
      ([code = '', display = '', start, reaction = '', shown = ''], at) => `<act classCode="ACT" moodCode="EVN">
    <templateId root="2.16.840.1.113883.10.20.22.4.30" extension="2015-08-01"/>${idOf(root, `a${at}`)}
    <code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/><effectiveTime><low value="${start}"/></effectiveTime>
    <entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">
      <templateId root="2.16.840.1.113883.10.20.22.4.7" extension="2014-06-09"/>${idOf(root, `a${at}o`)}
      <code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/><effectiveTime><low value="${start}"/></effectiveTime>
      <value xsi:type="CD" ${coded('416098002', snomed, 'Allergy to drug')}/>
      <participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT"><code ${coded(code, rxnorm, display)}>
        <originalText><reference value="#48765-2-${at}-name"/></originalText></code></playingEntity></participantRole></participant>
      <entryRelationship typeCode="MFST" inversionInd="true"><observation classCode="OBS" moodCode="EVN">
        <templateId root="2.16.840.1.113883.10.20.22.4.9" extension="2014-06-09"/>${idOf(root, `a${at}r`)}
        <code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/>
        <value xsi:type="CD" ${coded(reaction, snomed, shown)}/></observation></entryRelationship>
    </observation></entryRelationship></act>`,
    ),
  );

/** @param {string} root */
const medicationSection = (root) =>
  section(
    '2.16.840.1.113883.10.20.22.2.1.1',
    '10160-0',
    'Medications',
    medications.map(([, display = '', dose, unit, hours, start = '']) => [display, `${dose} ${unit} every ${hours} h`, start]),
    medications.map(
      ([code = '', display = '', dose, unit, hours, start], at) => `<substanceAdministration classCode="SBADM" moodCode="EVN">
    <templateId root="2.16.840.1.113883.10.20.22.4.16" extension="2014-06-09"/>${idOf(root, `m${at}`)}
    <text><reference value="#10160-0-${at}"/></text><statusCode code="active"/>
    <effectiveTime xsi:type="IVL_TS"><low value="${start}"/></effectiveTime>
    <effectiveTime xsi:type="PIVL_TS" institutionSpecified="true" operator="A"><period value="${hours}" unit="h"/></effectiveTime>
    <routeCode ${coded('C38288', '2.16.840.1.113883.3.26.1.1', 'ORAL')}/><doseQuantity value="${dose}" unit="${unit}"/>
    <consumable><manufacturedProduct classCode="MANU"><templateId root="2.16.840.1.113883.10.20.22.4.23" extension="2014-06-09"/>
      <manufacturedMaterial><code ${coded(code, rxnorm, display)}><originalText><reference value="#10160-0-${at}-name"/></originalText></code>
      </manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>`,
    ),
  );

/** @param {string} root @param {string} extension @param {string} template @param {string} day @param {readonly string[]} facts */
const observation = (root, extension, template, day, [code = '', display = '', value, unit, low, high]) => `<component>
    <observation classCode="OBS" moodCode="EVN"><templateId root="${template}" extension="2015-08-01"/>${idOf(root, extension)}
      <code ${coded(code, loinc, display)}/><statusCode code="completed"/><effectiveTime value="${day}083000-0500"/>
      <value xsi:type="PQ" value="${value}" unit="${unit}"/><interpretationCode code="N" codeSystem="2.16.840.1.113883.5.83"/>${
        low === undefined
          ? ''
          : `
      <referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="${low}" unit="${unit}"/><high value="${high}" unit="${unit}"/></value></observationRange></referenceRange>`
      }
    </observation></component>`;

/** @param {string} root */
const resultSection = (root) =>
  section(
    '2.16.840.1.113883.10.20.22.2.3.1',
    '30954-2',
    'Results',
    panelDays.flatMap((day) => tests.map(([, display = '', value, unit]) => [display, `${value} ${unit}`, day])),
    panelDays.map(
      (
        day,
        panel,
      ) => `<organizer classCode="BATTERY" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.1" extension="2015-08-01"/>
    ${idOf(root, `r${panel}`)}<code ${coded('24323-8', loinc, 'Comprehensive metabolic panel')}/><statusCode code="completed"/>
    ${tests.map((test, at) => observation(root, `r${panel}-${at}`, '2.16.840.1.113883.10.20.22.4.2', day, test)).join('')}</organizer>`,
    ),
  );

/** @param {string} root */
const vitalSection = (root) =>
  section(
    '2.16.840.1.113883.10.20.22.2.4.1',
    '8716-3',
    'Vital signs',
    vitals.map(([, display = '', value, unit]) => [display, `${value} ${unit}`, '20250117']),
    [
      `<organizer classCode="CLUSTER" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.26" extension="2015-08-01"/>${idOf(root, 'v')}
    <code ${coded('46680005', snomed, 'Vital signs')}/><statusCode code="completed"/><effectiveTime value="20250117083000-0500"/>
    ${vitals.map((sign, at) => observation(root, `v${at}`, '2.16.840.1.113883.10.20.22.4.27', '20250117', sign)).join('')}</organizer>`,
    ],
  );

/** What the hospital course says until the document has its size. */
const sentences = [
  'Seen in the outpatient clinic for the yearly visit.',
  'Blood pressure is well controlled on the present treatment.',
  'Diet and exercise were talked over with the patient and her daughter.',
  'No chest pain, no shortness of breath, no swelling of the legs.',
  'The next laboratory control is planned in six months.',
];
/** @param {number} characters */
const prose = (characters) => {
  const paragraphs = [];
  for (let length = 0, at = 0; length < characters; at++) {
    const paragraph = `<paragraph>${sentences[at % sentences.length]}</paragraph>`;
    paragraphs.push(paragraph);
    length += paragraph.length;
  }
  return paragraphs.join('');
};

/** @param {{ documentId: string, given: string, family: string, marker: string, padding: number }} facts */
function document({ documentId, given, family, marker, padding }) {
  return `<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:sdtc="urn:hl7-org:sdtc">
<realmCode code="US"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<templateId root="2.16.840.1.113883.10.20.22.1.1" extension="2015-08-01"/><templateId root="2.16.840.1.113883.10.20.22.1.2" extension="2015-08-01"/>
<id root="${documentId}"/><code ${coded('34133-9', loinc, 'Summarization of Episode Note')}/><title>Summary of care</title>
<effectiveTime value="20261001120000-0400"/><confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/><languageCode code="en-US"/>
<recordTarget><patientRole><id root="2.16.840.1.113883.19.5" extension="${documentId.slice(0, 8)}"/>
  <addr use="HP"><streetAddressLine>Rua do Teste 1</streetAddressLine><city>Lisboa</city><country>PT</country></addr><telecom nullFlavor="UNK"/>
  <patient><name use="L"><given>${given}</given><family>${family}</family></name><administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/>
  <birthTime value="19580704"/></patient></patientRole></recordTarget>
<author><time value="20261001120000-0400"/><assignedAuthor><id root="2.16.840.1.113883.19.5" extension="author-1"/><addr nullFlavor="UNK"/>
  <telecom nullFlavor="UNK"/><assignedPerson><name><given>Invented</given><family>Physician</family></name></assignedPerson></assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization><id root="2.16.840.1.113883.19.5"/><name>Invented Hospital</name>
  <telecom nullFlavor="UNK"/><addr nullFlavor="UNK"/></representedCustodianOrganization></assignedCustodian></custodian>
<component><structuredBody>${[problemSection, allergySection, medicationSection, resultSection, vitalSection].map((part) => part(documentId)).join('')}
<component><section><templateId root="1.3.6.1.4.1.19376.1.5.3.1.3.5"/><code ${coded('8648-8', loinc, 'Hospital course')}/><title>Hospital course</title>
  <text><paragraph>Number of this summary: ${marker}</paragraph>${prose(padding)}</text></section></component>
</structuredBody></component></ClinicalDocument>
`;
}

/** The size asked for by the issue (bytes): 38 KB. */
export const recordBytes = 38_000;
const probe = { documentId: randomUUID(), given: 'Ana', family: 'Ferreira', marker: `bench-${randomUUID()}` };
const bareBytes = Buffer.byteLength(document({ ...probe, padding: 0 }));

/**
 * A Continuity of Care Document (C-CDA R2.1) of an invented person, 38 KB: problems, allergies, medications, two panels of results, vital
 * signs, tables to read beside them, and prose. No two have an id in common.
 * @returns {{ documentId: string, marker: string, given: string, family: string, bytes: Buffer }}
 */
export function newRecord() {
  const documentId = randomUUID();
  // The marker is no one's number: numbers of the patient are taken out of texts that leave.
  const facts = { documentId, given: 'Ana', family: 'Ferreira', marker: `bench-${randomUUID()}` };
  return { ...facts, bytes: Buffer.from(document({ ...facts, padding: Math.max(0, recordBytes - bareBytes) })) };
}
