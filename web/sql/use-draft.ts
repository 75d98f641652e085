import { useEffect, useState } from 'react';
import type { Draft } from './draft.ts';
import { keepDraft, readDraft } from './draft.ts';
import type { Typed } from './parameters.ts';

export interface DraftState {
  readonly draft: Draft;
  /** What stood there before something else was opened; until it is thrown away it can be had back. */
  readonly before: { readonly draft: Draft; readonly opened: string } | null;
  write(statement: string): void;
  type(name: string, typed: Typed): void;
  open(next: Draft, title: string): void;
  /** Remembers what the draft is saved as. */
  savedAs(saved: Draft['saved']): void;
  restore(): void;
  dismiss(): void;
}

/** The draft of one person, kept on this computer as it changes. Nothing that is opened over it is lost at once. */
export function useDraft(user: string): DraftState {
  const [draft, setDraft] = useState(() => readDraft(user));
  const [before, setBefore] = useState<DraftState['before']>(null);
  useEffect(() => keepDraft(user, draft), [user, draft]);
  return {
    draft,
    before,
    write: (statement) => setDraft((held) => ({ ...held, statement })),
    type: (name, typed) => setDraft((held) => ({ ...held, values: { ...held.values, [name]: typed } })),
    open: (next, opened) => {
      const worthKeeping = draft.statement.trim() !== '' && draft.statement !== next.statement;
      const unsaved = draft.statement !== draft.saved?.statement;
      setBefore(worthKeeping && unsaved ? { draft, opened } : null);
      setDraft(next);
    },
    savedAs: (saved) => setDraft((held) => ({ ...held, saved })),
    restore: () => {
      if (before) setDraft(before.draft);
      setBefore(null);
    },
    dismiss: () => setBefore(null),
  };
}
