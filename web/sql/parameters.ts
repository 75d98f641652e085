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

/** The value to bind; undefined while what is typed is not one. */
export function boundValue({ kind, text }: Typed): Scalar | undefined {
  switch (kind) {
    case 'null':
      return null;
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
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
    const typed = values[name];
    const value = typed && boundValue(typed);
    if (value !== undefined) bound[name] = value;
  }
  return bound;
}
