import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Counts, type RowSum, SMALL_COUNT, suppress } from '../../analytics/suppression.ts';

describe('small counts', () => {
  test.each([
    [
      'are hidden, with the smallest other of their column',
      [
        [120, 9],
        [80, 40],
        [60, 30],
      ],
      [],
      [
        [120, null],
        [80, 40],
        [60, null],
      ],
    ],
    ['that are together more than a small count need no company', [[10], [12], [90]], [], [[null], [null], [90]]],
    ['that are together small need company', [[3], [4], [90], [80]], [], [[null], [null], [90], [null]]],
    ['in a table without any stay away', [[16], [100]], [], [[16], [100]]],
    ['of nobody are hidden like others', [[0], [100], [50]], [], [[null], [100], [null]]],
    [
      'empty cells stay empty',
      [
        [null, 20],
        [30, 40],
      ],
      [],
      [
        [null, 20],
        [30, 40],
      ],
    ],
    [
      'cannot be had from a row sum',
      [
        [5, 100, 105],
        [20, 30, 50],
        [40, 50, 90],
      ],
      [{ total: 2, parts: [0, 1] }],
      [
        [null, null, 105],
        [null, null, 50],
        [40, 50, 90],
      ],
    ],
    ['alone in a table take it all', [[5, 100]], [], [[null, 100]]],
  ] as [string, Counts, RowSum[], Counts][])('%s', (_, counts, sums, expected) => {
    expect(suppress(counts, sums)).toEqual(expected);
  });
});

/** What an attacker can bound: interval propagation over the column totals and row sums, all counts at least 0. */
function bounds(counts: Counts, shown: Counts, sums: readonly RowSum[]): { low: number; high: number }[][] {
  const range = shown.map((row) => row.map((value) => ({ low: value ?? 0, high: value ?? 1_000_000 })));
  const at = (row: number, column: number) => range[row]![column]!;
  for (let round = 0; round < 50; round++) {
    const narrow = (cells: { low: number; high: number }[], total: number) => {
      for (const cell of cells) {
        const others = cells.filter((other) => other !== cell);
        cell.low = Math.max(cell.low, total - others.reduce((sum, other) => sum + other.high, 0));
        cell.high = Math.min(cell.high, total - others.reduce((sum, other) => sum + other.low, 0));
      }
    };
    for (const [column] of (counts[0] ?? []).entries()) {
      narrow(
        counts.map((_, row) => at(row, column)),
        counts.reduce((sum, row) => sum + (row[column] ?? 0), 0),
      );
    }
    for (const { total, parts } of sums) {
      for (const [row] of counts.entries()) {
        const whole = at(row, total);
        if (whole.low === whole.high)
          narrow(
            parts.map((column) => at(row, column)),
            whole.low,
          );
      }
    }
  }
  return range;
}

test('no hidden count can be had by subtraction, and nothing shown is small', () => {
  const count = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 500 }));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(count, count, count), { minLength: 2, maxLength: 8 }),
      fc.boolean(),
      (parts, withSum) => {
        const counts = withSum ? parts.map((row) => [...row, row[0] + row[1] + row[2]]) : parts;
        const sums = withSum ? [{ total: 3, parts: [0, 1, 2] }] : [];
        const shown = suppress(counts, sums);
        const range = bounds(counts, shown, sums);
        for (const [i, row] of shown.entries()) {
          for (const [j, value] of row.entries()) {
            if (value !== null) {
              expect(value).toBe(counts[i]![j]);
              expect(value).toBeGreaterThan(SMALL_COUNT);
            } else if (shown.some((other) => other[j] !== null)) {
              const { low, high } = range[i]![j]!;
              expect(high).toBeGreaterThan(low);
            }
          }
        }
        expect(suppress(shown, sums)).toEqual(shown);
      },
    ),
    { numRuns: 300 },
  );
});
