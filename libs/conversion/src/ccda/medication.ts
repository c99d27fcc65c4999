import type { CodeableConcept, Medication, Reference } from 'fhir/r4.js';
import type { Context } from '../mapping/context.js';
import { deviation, each, firstOf, from, mapping, named } from '../mapping/mapping.js';
import { systems } from '../terminology/code-systems.js';
import { attributeOf, childElement, type XmlElement } from '../xml/element.js';
import { codeableConcept, fixedConcept } from './datatypes/coding.js';
import { text } from './datatypes/text.js';
import { placeOrganization } from './participants.js';
import { conceptOrText, orAbsent, textConcept } from './rules.js';

/** Where the drug or vaccine stands. */
export const product = 'consumable/manufacturedProduct';
/** The drug or vaccine as code and text. */
export const materialCode = firstOf(
  from(`${product}/manufacturedMaterial/code`, codeableConcept),
  deviation(
    'CDA allows a product that is only named; HL7’s page maps only its code',
    from(`${product}/manufacturedMaterial/name`, textConcept),
  ),
  deviation(
    'some systems put the drug into a labelled drug, CDA’s other kind of product',
    from(`${product}/manufacturedLabeledDrug/code`, codeableConcept),
  ),
  from(`${product}/manufacturedLabeledDrug/name`, textConcept),
);
const vehiclePath = 'participant[@typeCode=CSM]/participantRole/playingEntity/code';

/** The codes that mean "any medicine": negated, they say that none is known. */
const anyMedicine: ReadonlySet<string> = new Set(['410942007']);
/** Negated, and no drug is named: the source says that no medication is known. */
export const noMedicationKnown = named('negated, and no drug is named', (at, context): true | undefined => {
  if (attributeOf(at, 'negationInd') !== 'true') return undefined;
  const found = materialCode.read(at, context);
  return !found || found.coding?.some((coding) => anyMedicine.has(coding.code ?? '')) === true ? true : undefined;
});

/** Whether a drug is named at all. */
export const namesDrug = (at: XmlElement, context: Context): boolean => materialCode.read(at, context) !== undefined;

/** The drug with what a CodeableConcept cannot say: its form, maker, vehicle, lot. */
export const medication = mapping<Medication>(
  'Medication',
  {
    file: 'medication',
    template: 'Medication Activity 2.16.840.1.113883.10.20.22.4.16 (consumable, administrationUnitCode, drug vehicle)',
    page: 'C-CDA on FHIR, CF-medications',
  },
  {
    code: orAbsent(materialCode),
    manufacturer: from(`${product}/manufacturerOrganization`, named('Organization', placeOrganization)),
    form: from('administrationUnitCode', codeableConcept),
    ingredient: each(
      vehiclePath,
      named('ingredient that is not active', (at, context) => {
        const found = conceptOrText(at, context);
        return found ? { itemCodeableConcept: found, isActive: false } : undefined;
      }),
    ),
    batch: from(
      `${product}/manufacturedMaterial/lotNumberText`,
      named('lot number', (at, context) => {
        const lotNumber = text(at, context);
        return lotNumber === undefined ? undefined : { lotNumber };
      }),
    ),
  },
);

/** Where a Medication resource stands for the drug, and the other way round: exactly one of the two elements is filled. */
function needsResource(at: XmlElement, context: Context): boolean {
  if (noMedicationKnown(at, context)) return false;
  const read = medication.read(at, context);
  return read.manufacturer !== undefined || read.form !== undefined || read.ingredient !== undefined || read.batch !== undefined;
}

/** medicationCodeableConcept: the drug as code and text. */
export const medicationConcept = {
  ...orAbsent(materialCode),
  how: `${materialCode.how}, where a concept says all; IPS code no-known-medications where the source denies any`,
  read(at: XmlElement, context: Context): CodeableConcept | undefined {
    if (noMedicationKnown(at, context)) return fixedConcept(systems.absentUnknown, 'no-known-medications', 'No known medications');
    return needsResource(at, context) ? undefined : orAbsent(materialCode).read(at, context);
  },
};

/** medicationReference: a Medication, where the source says more than a concept can. */
export const medicationReference = {
  from: `${product}, administrationUnitCode, ${vehiclePath}`,
  how: 'Medication, where form, maker, vehicle or lot is given (HL7: "only one of these fields may be populated")',
  read(at: XmlElement, context: Context): Reference | undefined {
    if (!needsResource(at, context)) return undefined;
    return context.place(medication.read(at, context), childElement(at, 'consumable') ?? at);
  },
};
