import { isObject, type Json, type JsonObject, type Resource } from '../content/bundle.js';

/** Longest line of a generated narrative, characters. */
const lineLengthMax = 300;

/**
 * The text of a section made from its entries alone: one line each, from codes, values and dates. The source's narrative speaks of everything
 * that stood there, so where an item may not leave, it may not either (domain.md section 4).
 */
export function narrativeOf(resources: readonly Resource[], byReference: (reference: string) => Resource | undefined): JsonObject {
  const lines = resources.map((resource) => `<li>${escaped(lineOf(resource, byReference).slice(0, lineLengthMax))}</li>`);
  return { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml"><ul>${lines.join('')}</ul></div>` };
}

export function sentenceNarrative(sentence: string): JsonObject {
  return { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${sentence}</div>` };
}

const subjects = ['code', 'medicationCodeableConcept', 'vaccineCode', 'type', 'class'];
const dates = ['onsetDateTime', 'effectiveDateTime', 'performedDateTime', 'occurrenceDateTime', 'authoredOn', 'recordedDate'];

function lineOf(resource: Resource, byReference: (reference: string) => Resource | undefined): string {
  const parts = [
    nameOf(resource, byReference),
    valueText(resource),
    dates.map((key) => resource[key]).find((date) => typeof date === 'string'),
  ];
  return parts.filter((part) => typeof part === 'string' && part !== '').join(', ');
}

function nameOf(resource: Resource, byReference: (reference: string) => Resource | undefined): string {
  const medicine = resource['medicationReference'];
  const named = isObject(medicine) && typeof medicine['reference'] === 'string' ? byReference(medicine['reference']) : undefined;
  const [found] = [...subjects.map((key) => resource[key]), named?.['code']].map(conceptText).filter((text) => text !== undefined);
  return found ?? resource.resourceType;
}

function conceptText(concept: Json | undefined): string | undefined {
  if (Array.isArray(concept)) return concept.map(conceptText).find((text) => text !== undefined);
  if (!isObject(concept)) return undefined;
  const codings = Array.isArray(concept['coding']) ? concept['coding'].filter(isObject) : [];
  const texts = [concept['text'], ...codings.map(({ display }) => display), ...codings.map(({ code }) => code)];
  return texts.find((text) => typeof text === 'string');
}

function valueText(resource: Resource): string | undefined {
  const quantity = resource['valueQuantity'];
  if (isObject(quantity)) return [quantity['value'], quantity['unit'] ?? quantity['code']].filter(isWord).join(' ');
  return conceptText(resource['valueCodeableConcept']);
}

function isWord(value: Json | undefined): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
