import type { SavedSql, Scalar } from '../api-types.ts';
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

/** A statement with its values, as it goes into a link. */
export interface Shared {
  readonly statement: string;
  readonly parameters: Readonly<Record<string, Scalar>>;
}

/** The part of a link after `#`: the server never sees it, and whoever opens it asks with his own rights. */
export function toFragment(shared: Shared): string {
  const bytes = new TextEncoder().encode(JSON.stringify(shared));
  return `s=${btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')}`;
}

/** Null when the fragment holds no statement. */
export function fromFragment(fragment: string): Shared | null {
  const packed = /^#?s=([\w-]+)$/.exec(fragment)?.[1];
  if (packed === undefined) return null;
  try {
    const binary = atob(packed.replaceAll('-', '+').replaceAll('_', '/'));
    const text = new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
    const { statement, parameters } = JSON.parse(text) as Partial<Shared>;
    return typeof statement === 'string' ? { statement, parameters: parameters ?? {} } : null;
  } catch {
    return null;
  }
}
