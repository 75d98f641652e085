import type { SavedSql } from '../api-types.ts';
import type { Typed } from './parameters.ts';

/** What stands in the workbench. */
export interface Draft {
  readonly statement: string;
  readonly values: Readonly<Record<string, Typed>>;
  /** The saved query that it came from. */
  readonly saved: Pick<SavedSql, 'id' | 'title' | 'statement' | 'share' | 'mine'> | null;
}

export const EMPTY_DRAFT: Draft = { statement: '', values: {}, saved: null };

const keyOf = (user: string): string => `fillonce-sql-draft:${user}`;

/** The draft of this person on this computer; it outlives a reload and never leaves the computer. */
export function readDraft(user: string): Draft {
  try {
    const held = JSON.parse(localStorage.getItem(keyOf(user)) ?? 'null') as Partial<Draft> | null;
    if (typeof held?.statement !== 'string') return EMPTY_DRAFT;
    return { statement: held.statement, values: held.values ?? {}, saved: held.saved ?? null };
  } catch {
    return EMPTY_DRAFT;
  }
}

export function keepDraft(user: string, draft: Draft): void {
  try {
    localStorage.setItem(keyOf(user), JSON.stringify(draft));
  } catch {
    // Storage may be forbidden or full; the draft then lasts as long as the page.
  }
}
