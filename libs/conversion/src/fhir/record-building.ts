import type { BundleEntry, FhirResource, Reference } from 'fhir/r4.js';
import { nameOf, uuidV5 } from './identity.js';

/** What a resource's id is made of: the source's own ids where it has them (each as one string), and the place it stands in. */
export interface Origin {
  readonly ids: readonly string[];
  readonly place: string;
}

/**
 * Collects the resources of one record. Ids are UUIDv5 in the patient's namespace of the resource type and the source's id; of the place where the source
 * has no id. A source that gives one id to two different statements of a type (many do) keeps both: the later one's id takes in its place.
 */
export class RecordBuilding {
  private readonly resources = new Map<string, { readonly resource: FhirResource; readonly content: string }>();

  constructor(private readonly patientId: string) {}

  /** Puts a resource (given without id) into the record, once however often the same comes. Returns a reference to it. */
  place(resource: FhirResource, origin: Origin): Reference {
    const content = JSON.stringify(resource);
    for (let attempt = 0; ; attempt++) {
      const id = this.idFor(resource.resourceType, originName(origin, attempt));
      const there = this.resources.get(id);
      if (there?.content === content) return referenceTo(id);
      if (there) continue;
      this.resources.set(id, { resource: withId(resource, id), content });
      return referenceTo(id);
    }
  }

  get size(): number {
    return this.resources.size;
  }

  /** References to all resources, in the order they came. */
  references(): Reference[] {
    return [...this.resources.keys()].map(referenceTo);
  }

  /**
   * The resources that the roots lead to, over any number of references, in the order they came, as Bundle entries. Whatever nothing points at (the author of a
   * statement that was lost) has no place in a document (FHIR, documents: every entry is reachable from the Composition).
   */
  entriesFrom(...roots: (FhirResource | Reference)[]): BundleEntry[] {
    const reached = new Set<string>();
    const open = idsIn(JSON.stringify(roots));
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      const there = this.resources.get(id);
      if (!there || reached.has(id)) continue;
      reached.add(id);
      open.push(...idsIn(there.content));
    }
    return [...this.resources].filter(([id]) => reached.has(id)).map(([id, { resource }]) => ({ fullUrl: `urn:uuid:${id}`, resource }));
  }

  private idFor(resourceType: string, name: string): string {
    return uuidV5(this.patientId, nameOf(resourceType, name));
  }
}

/** What an id is made of: the source's id, else the place; where that is taken by other content, both, and then a number too. */
function originName({ ids, place }: Origin, attempt: number): string {
  if (attempt === 0) return ids.length > 0 ? nameOf('id', ...ids) : nameOf('place', place);
  return nameOf('id and place', ...ids, place, ...(attempt === 1 ? [] : [String(attempt)]));
}

/** Every id that a resource's JSON mentions as `urn:uuid:`. Identifiers of the source may be such too: they name nothing here and are passed over. */
const idsIn = (json: string): string[] => [...json.matchAll(/"urn:uuid:([\da-f-]{36})"/g)].map(([, id]) => id ?? '');

export const referenceTo = (id: string): Reference => ({ reference: `urn:uuid:${id}` });

/** The resource with its id right behind its type, as people expect to read it. */
export function withId(resource: FhirResource, id: string): FhirResource {
  const { resourceType, ...rest } = resource;
  // Cast: the parts of a resource put together again, with its id, are that resource.
  return { resourceType, id, ...rest } as FhirResource;
}
