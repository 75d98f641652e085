/** Counts of this many people or fewer are not told. */
export const SMALL_COUNT = 15;

/** A row total that is shown beside its parts: `total = sum of parts`, by column index. */
export interface RowSum {
  readonly total: number;
  readonly parts: readonly number[];
}

/** Null where a count is hidden. */
export type Counts = readonly (readonly (number | null)[])[];

interface Cell {
  readonly row: number;
  readonly column: number;
}

/**
 * Hides small counts of people, and as few other counts as it takes that no hidden one follows by subtraction: column
 * totals count as known (another table shows them), and so do the row sums. Three rules, until none asks for more:
 * a small count is hidden; what is hidden in a column or a sum adds up to more than a small count; no hidden count is
 * the only solution of the equations that the shown ones leave. An empty cell stays empty.
 *
 * @example suppress([[120, 9], [80, 40], [60, 30]], []) // [[120, null], [80, 40], [60, null]]
 */
export function suppress(counts: Counts, sums: readonly RowSum[]): (number | null)[][] {
  const hidden = counts.map((row) => row.map((value) => value !== null && value <= SMALL_COUNT));
  const columns = counts[0]?.map((_, column) => counts.map((_, row): Cell => ({ row, column }))) ?? [];
  const groups = sums.flatMap(({ total, parts }) =>
    counts.map((_, row) => [...parts, total].map((column): Cell => ({ row, column }))),
  );
  const lines = [...columns, ...groups];
  const value = ({ row, column }: Cell) => counts[row]?.[column] ?? null;
  const isHidden = ({ row, column }: Cell) => hidden[row]![column]!;

  /** Hides the smallest shown count of a line; false when none is left. */
  function hideOneMore(line: readonly Cell[]): boolean {
    const shown = line.filter((cell) => value(cell) !== null && !isHidden(cell));
    if (shown.length === 0) return false;
    const smallest = shown.reduce((a, b) => (value(b)! < value(a)! ? b : a));
    hidden[smallest.row]![smallest.column] = true;
    return true;
  }

  for (let changed = true; changed; ) {
    changed = false;
    for (const line of lines) {
      const cells = line.filter(isHidden);
      if (cells.length === 0) continue;
      const together = cells.reduce((sum, cell) => sum + value(cell)!, 0);
      if (cells.length === 1 || together <= SMALL_COUNT) changed = hideOneMore(line) || changed;
    }
    if (changed) continue;
    const given = solvable(columns, groups, isHidden);
    // A count that the equations give away needs company in one of its lines.
    changed = given.some((cell) => lines.some((line) => line.some((other) => same(other, cell)) && hideOneMore(line)));
  }
  return counts.map((row, i) => row.map((count, column) => (hidden[i]![column] ? null : count)));
}

function same(a: Cell, b: Cell): boolean {
  return a.row === b.row && a.column === b.column;
}

/**
 * The hidden cells that have one solution only: Gauss–Jordan elimination of the equations "what is hidden in this line
 * adds up to what is known". A row that is left with one unknown gives it away.
 */
function solvable(
  columns: readonly (readonly Cell[])[],
  groups: readonly (readonly Cell[])[],
  isHidden: (cell: Cell) => boolean,
): Cell[] {
  const unknowns = columns.flat().filter(isHidden);
  const index = new Map(unknowns.map(({ row, column }, i) => [`${row}/${column}`, i]));
  const equations = [...columns, ...groups].flatMap((line, i) => {
    const equation = new Float64Array(unknowns.length);
    for (const cell of line.filter(isHidden)) {
      // In a sum the last cell is the total, on the other side.
      const isTotal = i >= columns.length && same(cell, line.at(-1)!);
      equation[index.get(`${cell.row}/${cell.column}`)!] = isTotal ? -1 : 1;
    }
    return equation.some((factor) => factor !== 0) ? [equation] : [];
  });
  const given: Cell[] = [];
  let done = 0;
  for (let unknown = 0; unknown < unknowns.length && done < equations.length; unknown++) {
    const pivot = equations.findIndex((equation, i) => i >= done && Math.abs(equation[unknown]!) > 1e-9);
    if (pivot < 0) continue;
    [equations[done], equations[pivot]] = [equations[pivot]!, equations[done]!];
    const row = equations[done]!.map((factor, _, all) => factor / all[unknown]!);
    equations[done] = row;
    for (const [i, equation] of equations.entries()) {
      const factor = equation[unknown]!;
      if (i === done || Math.abs(factor) <= 1e-9) continue;
      for (let j = 0; j < equation.length; j++) equation[j]! -= factor * row[j]!;
    }
    done += 1;
  }
  for (const equation of equations.slice(0, done)) {
    const left = [...equation.keys()].filter((i) => Math.abs(equation[i]!) > 1e-9);
    if (left.length === 1) given.push(unknowns[left[0]!]!);
  }
  return given;
}
