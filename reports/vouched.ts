import type { Element, UserId } from '../core/index.ts';
import type { AcceptedPatch, MergeConflict, NewConfirmation, NewCorrection } from '../store/index.ts';
import type { FormColumn, FormPlan } from './plan.ts';

/** Under which entity, key and field the warehouse keeps what was said about a cell of the form. */
export function cellAddress(
  plan: FormPlan,
  column: FormColumn,
  rowKey: string,
): { entity: string; key: string; field: string } {
  if (column.source === 'element') return { entity: plan.entity!.name, key: rowKey, field: column.field! };
  if (column.source === 'indicator')
    return { entity: plan.formEntity, key: `${rowKey}|${plan.period.text}`, field: column.name };
  return { entity: plan.formEntity, key: rowKey, field: column.name };
}

/**
 * What a released campaign has vouched for: every approved answer, or where a reviewer decided a conflict, his decision; and
 * of these the changed values that the owner department should hear of.
 */
export function vouchedFor(
  plan: FormPlan,
  patches: readonly AcceptedPatch[],
  settled: readonly MergeConflict[],
): { confirmations: NewConfirmation[]; corrections: NewCorrection[] } {
  const decisions = new Map(settled.map((conflict) => [`${conflict.rowKey}\u0000${conflict.column}`, conflict]));
  const confirmations: NewConfirmation[] = [];
  const corrections: NewCorrection[] = [];
  for (const patch of patches) {
    const column = plan.column(patch.column);
    if (!column) continue;
    const decision = decisions.get(`${patch.rowKey}\u0000${patch.column}`);
    const overruled = decision !== undefined && decision.value !== patch.value;
    const value = overruled ? decision.value : patch.value;
    const confirmation: NewConfirmation = {
      ...cellAddress(plan, column, patch.rowKey),
      patchId: patch.id,
      value,
      confirmedAt: overruled ? decision.resolvedAt! : patch.at,
      confirmedBy: overruled ? (decision.resolvedBy as UserId) : patch.userId,
    };
    confirmations.push(confirmation);
    const known = decision ? decision.theirs : patch.snapshotValue;
    const owner = ownerSource(column.element);
    if (owner !== undefined && value !== known) {
      const { entity, key, field, confirmedAt } = confirmation;
      corrections.push({ entity, key, field, confirmedAt, source: owner });
    }
  }
  return { confirmations, corrections };
}

/** The source that has the first word on an element is the one to correct. */
function ownerSource(element: Element | undefined): string | undefined {
  return element?.sources[0];
}
