import { plainIdentifier, wordsOf } from '#libs/shared/domain';
import type { PatientDetails } from './patient.js';

/** What a patient is found by. `identifiers`: each value alone, and after its system where it has one. */
export interface SearchKeys {
  readonly words: readonly string[];
  readonly identifiers: readonly string[];
}

export function searchKeys({ name, identifiers }: PatientDetails): SearchKeys {
  const parts = name.flatMap(({ text, family, given }) => [text, family, ...(given ?? [])]).filter((part) => part !== undefined);
  return {
    words: [...new Set(parts.flatMap(wordsOf))],
    identifiers: [...new Set(identifiers.flatMap(({ system, value }) => identifierKeys(value, system)))],
  };
}

function identifierKeys(value: string, system: string | undefined): readonly string[] {
  const plain = plainIdentifier(value);
  if (plain === '') return [];
  return system === undefined ? [plain] : [plain, `${system}|${plain}`];
}

/** The key to look an identifier up by; undefined when there is nothing to compare. */
export function identifierKey({ value, system }: { readonly value: string; readonly system?: string }): string | undefined {
  return identifierKeys(value, system).at(-1);
}
