import type { RangeOperand } from '../formula/evaluate.ts';
import { type Area, intersects } from '../formula/reference.ts';
import type { Token } from '../formula/tokens.ts';
import type { Cell } from '../patch/cell.ts';

/** A formula in an ordinary cell. */
export interface FormulaCell {
  readonly sheet: number;
  readonly row: number;
  readonly column: number;
  readonly cell: Cell;
  /** With 3-D references written out. */
  readonly tokens: readonly Token[];
}

/** What the fill changed, place by place. */
export interface Changes {
  /** Areas of a sheet whose cells are all new. */
  areas(sheet: number): readonly Area[];
  /** Whether one of the single changed cells lies in the area. */
  touches(sheet: number, area: Area): boolean;
  /** Formulas to look at in any case. */
  isSuspect(cell: FormulaCell): boolean;
}

/** Everything a formula reads, names and tables resolved; undefined entries could not be resolved. */
export type PrecedentsOf = (formula: FormulaCell) => readonly (RangeOperand | undefined)[];

/** Longer chains of formulas are taken for changed rather than followed. */
const MOST_DEPTH = 300;

/** Tells which formulas depend, directly or through others, on something that changed. */
export function createDependence(
  formulas: readonly FormulaCell[],
  changes: Changes,
  precedentsOf: PrecedentsOf,
): (formula: FormulaCell) => boolean {
  const bySheet = new Map<number, FormulaCell[]>();
  for (const formula of formulas) {
    const list = bySheet.get(formula.sheet);
    if (list) list.push(formula);
    else bySheet.set(formula.sheet, [formula]);
  }
  const known = new Map<FormulaCell, boolean>();
  const knownAreas = new Map<string, boolean>();
  let depth = 0;

  const isStale = (formula: FormulaCell): boolean => {
    const answer = known.get(formula);
    if (answer !== undefined) return answer;
    if (depth > MOST_DEPTH) return true;
    // A circle reads itself; on its own that changes nothing.
    known.set(formula, false);
    depth++;
    const stale =
      changes.isSuspect(formula) || precedentsOf(formula).some((range) => range === undefined || isAreaStale(range));
    depth--;
    known.set(formula, stale);
    return stale;
  };

  const isAreaStale = ({ sheet, area }: RangeOperand): boolean => {
    if (changes.areas(sheet).some((changed) => intersects(changed, area))) return true;
    if (changes.touches(sheet, area)) return true;
    const key = `${sheet} ${area.top} ${area.left} ${area.bottom} ${area.right}`;
    const answer = knownAreas.get(key);
    if (answer !== undefined) return answer;
    const stale = formulasIn(bySheet.get(sheet) ?? [], area).some(isStale);
    knownAreas.set(key, stale);
    return stale;
  };
  return isStale;
}

/** The formulas of a list (by row) that stand in an area. */
function formulasIn(list: readonly FormulaCell[], { top, left, bottom, right }: Area): FormulaCell[] {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]!.row < top) low = middle + 1;
    else high = middle;
  }
  const found: FormulaCell[] = [];
  for (let at = low; at < list.length && list[at]!.row <= bottom; at++) {
    const { column } = list[at]!;
    if (column >= left && column <= right) found.push(list[at]!);
  }
  return found;
}
