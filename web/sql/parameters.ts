import type { Scalar, SqlColumn } from '../api-types.ts';

export const VALUE_KINDS = ['text', 'number', 'date', 'boolean', 'null'] as const;
export type ValueKind = (typeof VALUE_KINDS)[number];

/** What is typed for a parameter, and what it is meant as. */
export interface Typed {
  readonly kind: ValueKind;
  readonly text: string;
}

/** What a parameter is probably meant as, by the column it is compared with. */
export function kindOf(column: SqlColumn | null): ValueKind {
  switch (column?.type) {
    case 'integer':
    case 'decimal':
      return 'number';
    case 'date':
    case 'timestamp':
      return 'date';
    case 'boolean':
      return 'boolean';
    default:
      return 'text';
  }
}

/** Digits that every number keeps in a double. */
const EXACT_DIGITS = 15;

/** The value to bind; undefined while what is typed is not one. */
export function boundValue({ kind, text }: Typed): Scalar | undefined {
  switch (kind) {
    case 'null':
      return null;
    case 'number':
      if (text.trim() === '' || !Number.isFinite(Number(text))) return undefined;
      // A double would round it; the engine reads the digits as the column's own type.
      return text.replace(/\D/g, '').length > EXACT_DIGITS ? text.trim() : Number(text);
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'date':
      return /^\d{4}-\d\d-\d\d/.test(text) ? text : undefined;
    case 'text':
      return text;
  }
}

/** The reverse, for a value that was saved or shared. */
export function typedOf(value: Scalar): Typed {
  if (value === null) return { kind: 'null', text: '' };
  if (typeof value === 'number') return { kind: 'number', text: String(value) };
  if (typeof value === 'boolean') return { kind: 'boolean', text: String(value) };
  return { kind: /^\d{4}-\d\d-\d\d$/.test(value) ? 'date' : 'text', text: value };
}

/** The values of a statement that can be bound; a parameter that nobody touched has none. */
export function boundValues(names: readonly string[], values: Readonly<Record<string, Typed>>): Record<string, Scalar> {
  const bound: Record<string, Scalar> = {};
  for (const name of names) {
    // A part of a statement may write a name in other case than the whole does.
    const same = Object.keys(values).find((each) => each.toLowerCase() === name.toLowerCase());
    const typed = values[name] ?? (same === undefined ? undefined : values[same]);
    const value = typed && boundValue(typed);
    if (value !== undefined) bound[name] = value;
  }
  return bound;
}
