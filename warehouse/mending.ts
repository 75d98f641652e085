import type { Json, JsonObject } from '../core/json.ts';
import { mendingRefused } from './errors.ts';
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

/**
 * What the steps do to a raw record, in order; no steps leave it as it is. Expressions are read once.
 *
 * @throws FillOnceError `warehouse.quarantine.mending` for too many steps or an unknown one, `warehouse.quarantine.expression`.
 * @example mending([{ op: 'upper', column: 'idNo' }])({ idNo: '31019919800512001x' }) // { idNo: '31019919800512001X' }
 */
export function mending(steps: readonly MendingStep[]): (record: JsonObject) => JsonObject {
  if (steps.length > MOST_STEPS) throw mendingRefused(`${steps.length} steps`);
  const changes = steps.flatMap((step): { column: string; value: (record: JsonObject) => Json }[] =>
    step.op === 'compute'
      ? [...readExpression(step.expression)]
      : [{ column: step.column, value: (record: JsonObject) => changed(record, step) }],
  );
  return (record) => {
    const mended: Record<string, Json | undefined> = { ...record };
    for (const { column, value } of changes) mended[column] = value(mended);
    return mended;
  };
}

function changed(record: JsonObject, step: Exclude<MendingStep, { op: 'compute' }>): Json {
  const now = record[step.column] ?? null;
  const text = typeof now === 'string' ? now : now === null ? '' : String(now);
  switch (step.op) {
    case 'set':
      return step.value;
    case 'replace':
      return text.replaceAll(step.find, step.by);
    case 'map':
      return step.values[text] ?? now;
    case 'upper':
      return text.toUpperCase();
    case 'trim':
      return text.trim();
    case 'digits':
      return text.replaceAll(/\D/g, '');
    case 'copy':
      return record[step.from] ?? null;
    default:
      throw mendingRefused(String((step as { op: unknown }).op));
  }
}
