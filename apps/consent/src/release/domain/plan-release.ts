import type { AuthorityRow, TransferFacts } from '#libs/contracts';
import type { DocumentBundle } from './content/bundle.js';
import { coarseClass } from './content/coarse-class.js';
import { type Originals, originalsOf } from './content/originals.js';
import { pointersOf } from './content/references.js';
import { touchedSections } from './content/sections.js';
import type { Grounds } from './grounds.js';
import { type Reading, readRecord } from './labels/read-record.js';
import type { Item, ItemReason, Plan, ReviewReason, Warning } from './plan.js';
import { type Ruling, rulingOf } from './requirement.js';
import { withTraces } from './withholding/with-traces.js';

/** What comes in keeps its originals. */
const everything: Originals = { entries: new Set(), missing: [] };
const free: Ruling = { outcome: 'may-leave', uses: [] };

/** Item by item what leaves. Undefined where the frame of the document itself is withheld. */
export function planOf(grounds: Grounds, row: AuthorityRow): Plan | undefined {
  const { facts, record } = grounds;
  const isInbound = facts.direction === 'inbound';
  const originals = isInbound ? everything : originalsOf(record, facts.scope.originals ?? []);
  const reading = readRecord(record);
  const ruled = isInbound ? () => free : ({ labels }: Reading) => rulingOf(labels, row, grounds);
  const rulings = reading.entries.map((one, index) => (originals.entries.has(index) ? free : ruled(one)));
  const sections = reading.sections.map((section) => ({ ...section, ruling: ruled(section) }));
  const own = new Set(indexesOf(rulings, ({ outcome }) => outcome === 'withheld'));
  if (frameOf(record).some((index) => own.has(index))) return undefined;
  const withheld = withTraces(record, own, originals.entries);
  const touched = touchedSections(record, pointersOf(record), withheld);
  // A section from which something is withheld gets a narrative from its other entries: its own is not asked any more.
  const hasUnreadSection = sections.some(({ path, isUnread, ruling }) => isUnread && ruling.outcome !== 'withheld' && !touched.has(path));
  const items = record.entry.map((entry, index): Item => {
    const common = { index, resourceType: entry.resource.resourceType, class: coarseClass(entry.resource) };
    const { labels, isUnread } = reading.entries[index] ?? { labels: [], isUnread: true };
    if (originals.entries.has(index)) return { ...common, decision: 'not-asked', reason: originalReason(common), isUnread: false, labels };
    const rule = rulings[index]?.rule;
    if (withheld.has(index))
      return { ...common, decision: 'withheld', reason: own.has(index) && rule ? rule : 'trace-of-withheld', isUnread: false, labels };
    const isUnreadHere = !isInbound && (isUnread || (index === 0 && hasUnreadSection));
    return { ...common, decision: 'included', reason: isInbound ? 'received' : (rule ?? 'authorized'), isUnread: isUnreadHere, labels };
  });
  const sectionsWithheld = sections.filter(({ ruling }) => ruling.outcome === 'withheld').map(({ path }) => path);
  const kept = [
    ...items.filter(({ decision }) => decision === 'included').map(({ index }) => rulings[index] ?? free),
    ...sections.map(({ ruling }) => ruling),
  ];
  return {
    items,
    sectionsWithheld,
    warnings: warningsOf(items),
    uses: [...new Set(kept.flatMap(({ uses }) => uses))],
    ...reviewOf(grounds, row, {
      hasMissing: originals.missing.length > 0,
      isUnread: items.some((item) => item.decision === 'included' && item.isUnread),
      hasWithheld: withheld.size > 0 || sectionsWithheld.length > 0,
      asksPerson: kept.some(({ outcome }) => outcome === 'person-decides'),
    }),
  };
}

interface Seen {
  readonly hasMissing: boolean;
  readonly isUnread: boolean;
  readonly hasWithheld: boolean;
  readonly asksPerson: boolean;
}

function reviewOf({ facts, waiver }: Grounds, row: AuthorityRow, seen: Seen): Pick<Plan, 'review' | 'waiver'> {
  const review: ReviewReason[] = [];
  // Dates and classes cannot be told of every kind of resource yet (a narrative has neither), so a part of the record is not cut out by
  // machine: a person sees that the whole would leave, and says so or refuses.
  if (isPartial(facts)) review.push('scope-not-applied');
  if (seen.hasMissing) review.push('original-not-found');
  if (seen.asksPerson || row.requires === 'person-decides') review.push('person-decides');
  if (seen.hasWithheld && facts.onWithheld !== 'send') review.push('withheld');
  // Words that nobody has read may speak of what is withheld: there the policy does not stand in for a look.
  const isWaived = waiver !== undefined && !seen.hasWithheld;
  if (seen.isUnread && !isWaived) review.push('unread');
  return { review, ...(seen.isUnread && isWaived ? { waiver } : {}) };
}

function isPartial({ scope }: TransferFacts): boolean {
  const { from, to, classes, form } = scope;
  return from !== undefined || to !== undefined || classes !== undefined || (form !== undefined && form !== 'record');
}

/** The Composition and all that it must have: its subject, author, custodian. Nothing is a document without them. */
function frameOf(record: DocumentBundle): readonly number[] {
  const fields = ['subject', 'author', 'custodian'];
  return [0, ...(pointersOf(record)[0] ?? []).filter(({ field }) => fields.includes(field)).map(({ target }) => target)];
}

function originalReason({ resourceType }: { readonly resourceType: string }): ItemReason {
  return resourceType === 'Binary' || resourceType === 'DocumentReference' ? 'original-not-named' : 'trace-of-original';
}

function warningsOf(items: readonly Item[]): readonly Warning[] {
  const classes = new Set(items.filter(({ decision }) => decision === 'withheld').map((item) => item.class));
  return [
    ...(classes.has('medications') ? (['medicine-withheld'] as const) : []),
    ...(classes.has('allergies') ? (['allergy-withheld'] as const) : []),
  ];
}

function indexesOf<T>(list: readonly T[], wanted: (one: T) => boolean): number[] {
  return list.flatMap((one, index) => (wanted(one) ? [index] : []));
}
