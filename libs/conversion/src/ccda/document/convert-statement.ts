import type { FhirResource, Reference } from 'fhir/r4.js';
import type { Context } from '../../mapping/context.js';
import type { LossReason } from '../../outcome.js';
import { attributeOf, childElements, type XmlElement } from '../../xml/element.js';
import { allergyIntolerance } from '../allergy-intolerance.mapping.js';
import { condition } from '../condition.mapping.js';
import { deviceRequest } from '../device-request.mapping.js';
import { deviceUseStatement, suppliedDevice } from '../device-use-statement.mapping.js';
import { encounter } from '../encounter.mapping.js';
import { goal } from '../goal.mapping.js';
import { healthConcern } from '../health-concern.mapping.js';
import { immunization } from '../immunization.mapping.js';
import { namesDrug, noMedicationKnown } from '../medication.js';
import { medicationDispense } from '../medication-dispense.mapping.js';
import { medicationRequest } from '../medication-request.mapping.js';
import { medicationStatement } from '../medication-statement.mapping.js';
import { note, noteContent } from '../note.mapping.js';
import { resultObservation } from '../observation.mapping.js';
import { procedure } from '../procedure.mapping.js';
import { serviceRequest } from '../service-request.mapping.js';
import { socialHistory } from '../social-history.mapping.js';
import { statusObservation } from '../status-observation.mapping.js';
import { vitalSign } from '../vital-sign.mapping.js';
import { kindOfStatement } from './route.js';
import type { Statement } from './statements.js';
import { tellUncoded } from './tell-uncoded.js';

/** What became of one statement. `beside`: what hangs below it and is listed too; `isObservation`: it can be the member of a panel. */
export type Fate =
  | { readonly kept: Reference; readonly beside?: readonly Reference[]; readonly isObservation?: boolean }
  | { readonly lost: LossReason };

/** Converts one statement that is no organizer. */
export function convertOne(element: XmlElement, section: string, context: Context): Fate {
  if (attributeOf(element, 'nullFlavor') !== undefined) return { lost: 'no-content' };
  const kind = kindOfStatement(element, section);
  switch (kind) {
    case 'problem':
      return keepNamed(element, condition.read(element, context), context);
    case 'allergy':
      return keepNamed(element, allergyIntolerance.read(element, context), context);
    case 'medication':
      return convertMedication(element, context);
    case 'immunization':
      return namesDrug(element, context) ? keep(element, immunization.read(element, context), context) : { lost: 'no-content' };
    case 'dispense':
      return keep(element, medicationDispense.read(element, context), context);
    case 'device-use':
      return suppliedDevice.read(element, context)
        ? keep(element, deviceUseStatement.read(element, context), context)
        : { lost: 'no-content' };
    case 'device-request':
      return keep(element, deviceRequest.read(element, context), context);
    case 'result':
      return convertObservation(element, resultObservation, context);
    case 'vital-sign':
      return convertObservation(element, vitalSign, context);
    case 'social-history':
      return convertObservation(element, socialHistory, context);
    case 'observation':
      return convertObservation(element, statusObservation, context);
    case 'goal':
      return convertGoal(element, context);
    case 'procedure':
      return keepNamed(element, procedure.read(element, context), context);
    case 'request':
      return convertRequest(element, context);
    case 'encounter':
      return convertEncounter(element, context);
    case 'note':
      return noteContent(element, context) ? keep(element, note.read(element, context), context) : { lost: 'no-content' };
    case 'concern':
      return attributeOf(element, 'negationInd') === 'true'
        ? { lost: 'not-understood' }
        : keepNamed(element, healthConcern.read(element, context), context);
    case 'none':
      return { lost: 'not-coded-yet' };
    default:
      return assertNever(kind);
  }
}

function assertNever(kind: never): never {
  throw new Error(`a kind of statement without a mapping: ${String(kind)}`);
}

function keep(element: XmlElement, resource: FhirResource, context: Context): Fate {
  tellUncoded(element, context);
  return { kept: context.place(resource, element), ...(resource.resourceType === 'Observation' ? { isObservation: true } : {}) };
}

/** Places a resource, unless the source names nothing at all in the element that says what it is about. */
function keepNamed(element: XmlElement, resource: FhirResource & { code?: { coding?: unknown; text?: unknown } }, context: Context): Fate {
  const isNamed = resource.code?.coding !== undefined || resource.code?.text !== undefined;
  // An AllergyIntolerance may say what it is about in its extension alone.
  const isExtended = 'extension' in resource && resource.extension !== undefined && resource.code === undefined;
  return isNamed || isExtended ? keep(element, resource, context) : { lost: 'no-content' };
}

function convertMedication(element: XmlElement, context: Context): Fate {
  if (!namesDrug(element, context) && !noMedicationKnown(element, context)) return { lost: 'no-content' };
  tellUncoded(element, context);
  const isEvent = (attributeOf(element, 'moodCode') ?? 'EVN') === 'EVN';
  const resource = isEvent ? medicationStatement.read(element, context) : medicationRequest.read(element, context);
  const kept = context.place(resource, element);
  const beside = childElements(element, 'entryRelationship')
    .flatMap((relationship) => childElements(relationship, 'supply'))
    .filter((supply) => (attributeOf(supply, 'moodCode') ?? 'EVN') === 'EVN' && attributeOf(supply, 'nullFlavor') === undefined)
    .map((supply) =>
      context.place({ ...medicationDispense.read(supply, context), ...(isEvent ? {} : { authorizingPrescription: [kept] }) }, supply),
    );
  return { kept, beside };
}

/** An appointment may be nothing but its time and place: what is planned is then absent, not the plan. */
function convertRequest(element: XmlElement, context: Context): Fate {
  const resource = serviceRequest.read(element, context);
  const isAppointment = element.name === 'encounter' && (resource.occurrenceDateTime ?? resource.occurrencePeriod) !== undefined;
  return isAppointment ? keep(element, resource, context) : keepNamed(element, resource, context);
}

type ObservationMapping = typeof resultObservation;
/** A negated observation says that something was not found or not done: an Observation cannot say that, so it is not made into one that says the opposite. */
function convertObservation(element: XmlElement, mapping: ObservationMapping, context: Context): Fate {
  if (attributeOf(element, 'negationInd') === 'true') return { lost: 'not-understood' };
  const resource = mapping.read(element, context);
  const hasValue = Object.keys(resource).some((key) => key.startsWith('value'));
  return hasValue ? keep(element, resource, context) : keepNamed(element, resource, context);
}

/** A negated goal or encounter has no place in FHIR: it would become one that is pursued, or took place. */
function convertGoal(element: XmlElement, context: Context): Fate {
  if (attributeOf(element, 'negationInd') === 'true') return { lost: 'not-understood' };
  const resource = goal.read(element, context);
  const isNamed = resource.description.coding !== undefined || resource.description.text !== undefined;
  return isNamed ? keep(element, resource, context) : { lost: 'no-content' };
}

function convertEncounter(element: XmlElement, context: Context): Fate {
  if (attributeOf(element, 'negationInd') === 'true') return { lost: 'not-understood' };
  const resource = encounter.read(element, context);
  const says = resource.type ?? resource.class.code ?? resource.period ?? resource.diagnosis ?? resource.identifier;
  return says === undefined ? { lost: 'no-content' } : keep(element, resource, context);
}

/** Called for every statement, components included: the ledger's only source. */
export type Told = (statement: Statement, fate: Fate) => void;
