import { randomUUID } from 'node:crypto';
import type { Planted } from './planted.js';

/** How a planted document is odd: `codes` holds planted words where codes, dates and numbers belong. */
export type Oddness = 'none' | 'codes';

/** A C-CDA in which every place that people write in holds a planted value. */
export function plantedCcd(planted: Planted, oddness: Oddness = 'none'): string {
  const isOdd = oddness === 'codes';
  const odd = (usual: string, what: string): string => (isOdd ? planted.word(`ccd ${what} in place of a code`) : usual);
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- ${planted.name('ccd comment')} -->
<?note ${planted.word('ccd processing instruction')}?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:sdtc="urn:hl7-org:sdtc">
  <realmCode code="US"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
  <templateId root="2.16.840.1.113883.10.20.22.1.1" extension="2015-08-01"/><templateId root="2.16.840.1.113883.10.20.22.1.2" extension="2015-08-01"/>
  <id root="${randomUUID()}" extension="${planted.number('ccd document id')}"/>
  <code code="34133-9" codeSystem="2.16.840.1.113883.6.1" displayName="${planted.name('ccd document kind')}"/>
  <title>${planted.text('ccd title')}</title><effectiveTime value="${odd('20261001120000+0200', 'document time')}"/>
  <confidentialityCode code="${odd('N', 'confidentiality')}" codeSystem="2.16.840.1.113883.5.25"/><languageCode code="${odd('en-US', 'language')}"/>
  ${recordTarget(planted, odd)}
  <author><time value="20261001120000+0200"/><assignedAuthor><id root="2.16.840.1.113883.19.5" extension="${planted.number('ccd author id')}"/><addr nullFlavor="UNK"/><telecom nullFlavor="UNK"/>
    <assignedPerson><name><given>${planted.name('ccd author given')}</given><family>${planted.name('ccd author family')}</family></name></assignedPerson></assignedAuthor></author>
  <custodian><assignedCustodian><representedCustodianOrganization><id root="2.16.840.1.113883.19.5"/><name>${planted.name('ccd custodian')}</name><telecom nullFlavor="UNK"/><addr nullFlavor="UNK"/>
    </representedCustodianOrganization></assignedCustodian></custodian>
  <component><structuredBody>
${section(planted, { template: '2.16.840.1.113883.10.20.22.2.5.1', code: '11450-4', entries: problem(planted, odd) })}
${section(planted, { template: '2.16.840.1.113883.10.20.22.2.3.1', code: '30954-2', entries: result(planted, odd) })}
${section(planted, { template: odd('2.16.840.1.113883.10.20.22.2.22.1', 'section template'), code: odd('46240-8', 'section code'), entries: '' })}
  </structuredBody></component>
</ClinicalDocument>
`;
}

type Odd = (usual: string, what: string) => string;

function recordTarget(planted: Planted, odd: Odd): string {
  return `<recordTarget><patientRole><id root="2.16.840.1.113883.19.5" extension="${planted.number('ccd record number')}"/>
    <id root="2.16.840.1.113883.4.1" extension="${planted.number('ccd national number')}"/>
    <addr use="HP"><streetAddressLine>${planted.name('ccd street')} 7</streetAddressLine><city>${planted.name('ccd city')}</city><postalCode>${planted.number('ccd post code')}</postalCode><country>PT</country></addr>
    <telecom value="tel:+${planted.number('ccd phone')}" use="HP"/><telecom value="mailto:${planted.word('ccd mail')}@example.org"/>
    <patient><name use="L"><prefix>${planted.name('ccd prefix')}</prefix><given>${planted.name('ccd given')}</given><given>${planted.name('ccd second given')}</given><family>${planted.name('ccd family')}</family></name>
      <administrativeGenderCode code="${odd('F', 'gender')}" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="${odd('19710320', 'birth time')}"/>
      <guardian><guardianPerson><name>${planted.name('ccd guardian')}</name></guardianPerson></guardian></patient></patientRole></recordTarget>`;
}

function section(planted: Planted, { template, code, entries }: { template: string; code: string; entries: string }): string {
  return `<component><section><templateId root="${template}" extension="2015-08-01"/><templateId root="${template}"/>
    <code code="${code}" codeSystem="2.16.840.1.113883.6.1"/><title>${planted.name('ccd section title')}</title>
    <text><paragraph ID="p${planted.word('ccd narrative id')}">${planted.text('ccd narrative')}</paragraph><list><item>${planted.text('ccd narrative item')}</item></list></text>${entries}
  </section></component>`;
}

function problem(planted: Planted, odd: Odd): string {
  return `<entry typeCode="DRIV"><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><id root="${randomUUID()}"/>
    <code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="${odd('active', 'status')}"/><effectiveTime><low value="${odd('20240311', 'onset')}"/></effectiveTime>
    <entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/>
      <id root="2.16.840.1.113883.19.5" extension="${planted.number('ccd problem id')}"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96"/>
      <text>${planted.text('ccd problem text')}</text><statusCode code="completed"/><effectiveTime><low value="20240311"/></effectiveTime>
      <value xsi:type="${odd('CD', 'type')}" code="${odd('44054006', 'problem code')}" codeSystem="2.16.840.1.113883.6.96" displayName="${planted.name('ccd problem display')}">
        <originalText>${planted.text('ccd problem original text')}</originalText></value>
    </observation></entryRelationship></act></entry>`;
}

function result(planted: Planted, odd: Odd): string {
  return `<entry typeCode="DRIV"><organizer classCode="BATTERY" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.1"/><id root="${randomUUID()}"/>
    <code code="24323-8" codeSystem="2.16.840.1.113883.6.1" displayName="${planted.name('ccd panel display')}"/><statusCode code="completed"/>
    <component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.2"/><id root="${randomUUID()}"/>
      <code code="${odd('2345-7', 'lab code')}" codeSystem="2.16.840.1.113883.6.1" displayName="${planted.name('ccd lab display')}"/><statusCode code="completed"/>
      <effectiveTime value="${odd('202610011030+0200', 'lab time')}"/><value xsi:type="ST">${planted.text('ccd lab text')}</value>
      <interpretationCode code="${odd('H', 'interpretation')}" codeSystem="2.16.840.1.113883.5.83"/>
    </observation></component>
    <component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.2"/><id root="${randomUUID()}"/>
      <code code="2160-0" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="202610011030+0200"/>
      <value xsi:type="PQ" value="${odd('1.1', 'lab value')}" unit="${odd('mg/dL', 'lab unit')}"/></observation></component></organizer></entry>`;
}
