/** One page of docs/mappings. */
export interface MappingPage {
  /** Path from the repository's root. */
  readonly path: string;
  readonly text: string;
}
export function mappingPages(): MappingPage[] {
  return [];
}
