import type { Json, JsonObject } from '../core/json.ts';
import { columnUnknown, mendingRefused } from './errors.ts';
import { readExpression } from './mending-expression.ts';

/** One change to a raw record, by the source's column names. */
export type MendingStep =
  | { readonly op: 'set'; readonly column: string; readonly value: Json }
  | { readonly op: 'replace'; readonly column: string; readonly find: string; readonly by: string }
  | { readonly op: 'map'; readonly column: string; readonly values: Readonly<Record<string, Json>> }
  | { readonly op: 'upper' | 'trim' | 'digits'; readonly column: string }
  | { readonly op: 'copy'; readonly column: string; readonly from: string }
  /** `idNo = upper(idNo)`; see `mending-expression.ts`. */
  | { readonly op: 'compute'; readonly expression: string };

const MOST_STEPS = 20;

/** The columns that a mending may name. */
export interface MendingColumns {
  /** What the contract declares, aliases too: these can be set. */
  readonly declared: readonly string[];
  /** What the records have beside: these can only be read, the contract takes nothing from them. */
  readonly found: ReadonlySet<string>;
}

/**
 * What the steps do to a raw record, in order; no steps leave it as it is. Expressions are read once.
 *
 * @param columns what may be named; absent: anything
 * @throws FillOnceError `warehouse.quarantine.column` for a column that is not known, `warehouse.quarantine.mending` for too many steps or an unknown one, `warehouse.quarantine.expression`.
 * @example mending([{ op: 'upper', column: 'idNo' }])({ idNo: '31019919800512001x' }) // { idNo: '31019919800512001X' }
 */
export function mending(steps: readonly MendingStep[], columns?: MendingColumns): (record: JsonObject) => JsonObject {
  if (steps.length > MOST_STEPS) throw mendingRefused(`${steps.length} steps`);
  const changes = steps.flatMap((step): Change[] =>
    step.op === 'compute'
      ? [...readExpression(step.expression)]
      : [
          {
            column: step.column,
            value: (record) => changed(record, step),
            reads: step.op === 'copy' ? [step.from] : [],
          },
        ],
  );
  if (columns) onlyKnown(changes, columns);
  return (record) => {
    const mended: Record<string, Json | undefined> = { ...record };
    // Not by assignment: `__proto__` is a column like any other here.
    for (const { column, value } of changes) {
      Object.defineProperty(mended, column, { value: value(mended), ...PLAIN });
    }
    return mended;
  };
}

interface Change {
  readonly column: string;
  readonly value: (record: JsonObject) => Json;
  readonly reads: readonly string[];
}

const PLAIN = { writable: true, enumerable: true, configurable: true };

function onlyKnown(changes: readonly Change[], { declared, found }: MendingColumns): void {
  for (const { column, reads } of changes) {
    if (!declared.includes(column)) throw columnUnknown(column, declared);
    const unread = reads.find((name) => !declared.includes(name) && !found.has(name));
    if (unread !== undefined) throw columnUnknown(unread, [...new Set([...declared, ...found])]);
  }
}

function changed(record: JsonObject, step: Exclude<MendingStep, { op: 'compute' }>): Json {
  const now = own(record, step.column) ?? null;
  const text = typeof now === 'string' ? now : now === null ? '' : String(now);
  switch (step.op) {
    case 'set':
      return step.value;
    case 'replace':
      return text.replaceAll(step.find, step.by);
    case 'map':
      return own(step.values, text) ?? now;
    case 'upper':
      return text.toUpperCase();
    case 'trim':
      return text.trim();
    case 'digits':
      return text.replaceAll(/\D/g, '');
    case 'copy':
      return own(record, step.from) ?? null;
    default:
      throw mendingRefused(String((step as { op: unknown }).op));
  }
}

function own(record: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
