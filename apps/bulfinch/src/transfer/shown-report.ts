import { table } from '../io.js';

/** The ledger of a conversion, as `GET /normalization/transfers/{id}/report` tells it. */
export interface ReportView {
  readonly state: string;
  readonly reason?: string;
  readonly ledger?: {
    readonly source: { readonly statements: number; readonly bySection: Readonly<Record<string, number>> };
    readonly kept: number;
    readonly lost: readonly { readonly where: string; readonly what: string; readonly why: string }[];
    readonly warnings: readonly { readonly where: string; readonly what: string }[];
  };
}

/** The losses section by section, equal ones counted together; then the warnings. */
export function shownReport({ state, reason, ledger }: ReportView): readonly string[] {
  if (ledger === undefined) return [`There is no report: the conversion is ${state}${reason ? `, ${reason}` : ''}.`];
  const { source, kept, lost, warnings } = ledger;
  const sections = Map.groupBy(lost, ({ where }) => sectionOf(where));
  return [
    `${source.statements} coded statements: ${kept} kept, ${lost.length} lost; ${warnings.length} warnings`,
    ...Object.entries(source.bySection).map(([section, count]) => `  ${section}: ${count} in the source`),
    ...[...sections].flatMap(([section, losses]) => [`lost in ${section}`, ...counted(losses.map(({ what, why }) => [why, what]))]),
    ...(warnings.length > 0 ? ['warnings', ...counted(warnings.map(({ where, what }) => [sectionOf(where), what]))] : []),
  ];
}

/** `section 2 of document ...`: places are `<documentId>: ClinicalDocument/component/structuredBody/component[2]/section/...`. Sections in sections: `2.1`. */
function sectionOf(where: string): string {
  const [document = where, path] = where.split(': ', 2);
  const places = [...(path ?? '').matchAll(/component(?:\[(\d+)\])?\/section(?=\/|$)/g)].map(([, position]) => position ?? '1');
  if (path === undefined) return where;
  return places.length > 0 ? `section ${places.join('.')} of document ${document}` : `document ${document}`;
}

/** Equal rows once, with how many they are. */
function counted(rows: readonly (readonly string[])[]): readonly string[] {
  const groups = Map.groupBy(rows, (row) => row.join('\n'));
  return table([...groups.values()].map((same) => [`  ${same.length} x`, ...(same[0] ?? [])]));
}
