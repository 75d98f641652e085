import type { Json, JsonObject } from '../core/json.ts';
import { mendingRefused } from './errors.ts';

/** One change to a raw record, by the source's column names. */
export type MendingStep =
  | { readonly op: 'set'; readonly column: string; readonly value: Json }
  | { readonly op: 'replace'; readonly column: string; readonly find: string; readonly by: string }
  | { readonly op: 'map'; readonly column: string; readonly values: Readonly<Record<string, Json>> }
  | { readonly op: 'upper' | 'trim' | 'digits'; readonly column: string }
  | { readonly op: 'copy'; readonly column: string; readonly from: string };

const MOST_STEPS = 20;

/**
 * A raw record with the steps applied in order.
 *
 * @throws FillOnceError `warehouse.quarantine.mending` for too many steps or an unknown one.
 * @example mend({ idNo: '31019919800512001x' }, [{ op: 'upper', column: 'idNo' }]) // { idNo: '31019919800512001X' }
 */
export function mend(record: JsonObject, steps: readonly MendingStep[]): JsonObject {
  if (steps.length === 0 || steps.length > MOST_STEPS) throw mendingRefused(`${steps.length} steps`);
  const mended: Record<string, Json | undefined> = { ...record };
  for (const step of steps) mended[step.column] = changed(mended, step);
  return mended;
}

function changed(record: JsonObject, step: MendingStep): Json {
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
