import type { SourceName } from './endpoints.ts';

/** What a test can do to a source. */
export const FAULT_KINDS = ['down', 'slow', 'bad-encoding', 'changed-column', 'bad-signature', 'lying-pages'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultSwitch {
  readonly source: SourceName;
  readonly kind: FaultKind;
  readonly on: boolean;
}

export interface Faults {
  has(source: SourceName, kind: FaultKind): boolean;
  set(change: FaultSwitch): void;
  /** Called after each change. */
  onChange(listener: (change: FaultSwitch) => void): void;
}

export function createFaults(): Faults {
  const on = new Set<string>();
  const listeners: ((change: FaultSwitch) => void)[] = [];
  return {
    has: (source, kind) => on.has(`${source}/${kind}`),
    set: (change) => {
      const name = `${change.source}/${change.kind}`;
      if (change.on) on.add(name);
      else on.delete(name);
      for (const listener of listeners) listener(change);
    },
    onChange: (listener) => {
      listeners.push(listener);
    },
  };
}
