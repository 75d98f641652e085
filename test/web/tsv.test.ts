import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toTsv, tsvRows } from '../../web/grid/tsv.ts';

describe('a block of cells on the clipboard', () => {
  it('comes as Excel writes it', () => {
    expect(tsvRows('空置\t2026/5/1\r\n出租\t\r\n')).toEqual([
      ['空置', '2026/5/1'],
      ['出租', ''],
    ]);
    expect(tsvRows('"两行\n一格"\t"说""好"""\n5"\t尺')).toEqual([
      ['两行\n一格', '说"好"'],
      ['5"', '尺'],
    ]);
    expect(tsvRows('"没有合上\t后面')).toEqual([['"没有合上', '后面']]);
    expect(tsvRows('一格')).toEqual([['一格']]);
  });

  it('comes back as it went, whatever the cells hold', () => {
    const cell = fc.string().map((text) => text.replace(/\r\n?/g, '\n'));
    const block = fc
      .integer({ min: 1, max: 4 })
      .chain((width) =>
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 5 }),
      );
    fc.assert(
      fc.property(block, (rows) => {
        // A single blank line at the end is Excel's line end, not a row.
        fc.pre(rows.at(-1)!.some((text) => text !== '') || rows[0]!.length > 1);
        expect(tsvRows(toTsv(rows))).toEqual(rows);
      }),
    );
  });
});
