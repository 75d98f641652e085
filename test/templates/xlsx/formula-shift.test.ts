import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Band, createAxisMap, linesBand, recordBand } from '../../../templates/xlsx/expand/axis.ts';
import { columnNumber, parseArea, printArea, quoteSheet } from '../../../templates/xlsx/formula/reference.ts';
import { compileRolling } from '../../../templates/xlsx/formula/rolling.ts';
import { type Expansion, shiftFormula, shiftTokens } from '../../../templates/xlsx/formula/shift.ts';
import { printTokens, type ReferenceToken, tokenize } from '../../../templates/xlsx/formula/tokens.ts';
import { columnName, MAX_COLUMNS, MAX_ROWS } from '../../../templates/xlsx/index.ts';

function rows(...bands: Band[]): Expansion {
  return expansion('row', bands);
}

function expansion(axis: 'row' | 'column', bands: Band[], sheets = ['台账', '乙', '丙']): Expansion {
  const map = createAxisMap(bands, axis === 'row' ? MAX_ROWS : MAX_COLUMNS);
  return {
    axis,
    mapOf: (sheet) => (sheet.toLowerCase() === '台账' ? map : undefined),
    sheetsBetween: () => sheets,
  };
}

const outside = (formula: string, change: Expansion): string =>
  shiftFormula(formula, { sheet: '台账', row: 900, column: 1 }, change) ?? formula;

/** A formula of the sample row 5, as it reads in the copy that stands in `row`. */
const inSample = (formula: string, row: number, change: Expansion, sampleRow = 5): string =>
  printTokens(shiftTokens(tokenize(formula), { sheet: '台账', row: sampleRow, column: 1 }, change).tokens, row);

describe('tokens', () => {
  it.each([
    "SUM('It''s'!B2:B9)*2",
    "'[1]外部 表'!$A$1+[2]Sheet!A1+[3]!名称",
    'IF(A1<>"a""b",{1,2;3,4},#N/A)',
    "Table1[[#This Row],[a'[b']]]+Table1[列]",
    '_xlfn.XLOOKUP(A1,B:B,$1:$3)%',
    'LOG10(A1)+DEC2BIN(2)+A1:INDEX(B:B,5)',
    'Sheet1:Sheet3!A5+#REF!+台账!#REF!',
    ' A1 , B2 ',
    'Table1[',
    '"open',
  ])('give %s back', (formula) => {
    expect(printTokens(tokenize(formula))).toBe(formula);
  });

  it('give any text back', () => {
    fc.assert(fc.property(fc.string(), (text) => printTokens(tokenize(text)) === text));
    const alphabet = fc.constantFrom(...'A1$:!\'[](),;{}"#+-*&<> 表sumTRUE9.%@_');
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 40 }), (text) => printTokens(tokenize(text)) === text),
    );
  });

  it('tell references from functions, names and texts that look like them', () => {
    const references = (formula: string) =>
      tokenize(formula)
        .filter((token) => token.kind === 'reference')
        .map((token) => token.text);
    expect(references('LOG10(A1)')).toEqual(['A1']);
    expect(references('"A1"&ABC1234567&表A1')).toEqual([]);
    expect(references('XFD1048576+XFE1+A1048577')).toEqual(['XFD1048576']);
    expect(references('Table1[A1]')).toEqual([]);
    expect(references('A1.b+_A1+A1_')).toEqual([]);
    expect(references('TRUE+R1C1')).toEqual([]);
  });
});

describe('a formula outside the sample', () => {
  const change = rows(recordBand(5, 1, 100));
  it.each([
    ['SUM(E5:E5)', 'SUM(E5:E104)'],
    ['SUM(E5)', 'SUM(E5:E104)'],
    ['SUM($E$5)', 'SUM($E$5:$E$104)'],
    ['SUM(E4:E6)', 'SUM(E4:E105)'],
    ['SUM(E5,E9)', 'SUM(E5:E104,E108)'],
    ['SUBTOTAL(9,E5)', 'SUBTOTAL(9,E5:E104)'],
    ['SUMIF(A5,"x",E5)', 'SUMIF(A5:A104,"x",E5:E104)'],
    ['COUNTIF(A5,B5)', 'COUNTIF(A5:A104,B5)'],
    ['SUMIFS(E5,A5,B7)', 'SUMIFS(E5:E104,A5:A104,B106)'],
    ['RANK(B5,E5)', 'RANK(B5,E5:E104)'],
    ['SUMPRODUCT((A5="x")*E5)', 'SUMPRODUCT((A5:A104="x")*E5:E104)'],
    ['IF(E5>0,E5,0)', 'IF(E5>0,E5,0)'],
    ['E6*2+E4', 'E105*2+E4'],
    ['E:E', 'E:E'],
    ['5:5', '5:104'],
    ['$6:$8', '$105:$107'],
    ['SUM(A3:A1048576)', 'SUM(A3:A1048576)'],
    ['B!E9+B!$E$5', 'B!E9+B!$E$5'],
    ["'[1]台账'!E9", "'[1]台账'!E9"],
    ['"E9"&E9', '"E9"&E108'],
    ['A9:INDEX(E:E,9)', 'A108:INDEX(E:E,9)'],
    ['E1048576', '#REF!'],
    ['Table1[E9]', 'Table1[E9]'],
    ['E9#', 'E108#'],
    ['@E9', '@E108'],
  ])('%s becomes %s', (before, after) => {
    expect(outside(before, change)).toBe(after);
  });

  it('keeps a 3-D reference whose sheets stay, and splits one whose sheets part', () => {
    expect(outside('SUM(台账:丙!A2)', change)).toBe('SUM(台账:丙!A2)');
    expect(outside('SUM(台账:丙!A9)', change)).toBe('SUM(台账!A108,乙:丙!A9)');
    expect(outside('SUM(台账:丙!A5)', change)).toBe('SUM(台账!A5:A104,乙:丙!A5)');
  });

  it('of a record of two lines takes the same line of every record', () => {
    const two = rows(recordBand(5, 2, 3));
    expect(outside('SUM(E5)', two)).toBe('SUM(E5,E7,E9)');
    expect(outside('SUM(E6:E6)', two)).toBe('SUM(E6:E6,E8:E8,E10:E10)');
    expect(outside('SUM(E5:E6)', two)).toBe('SUM(E5:E10)');
    expect(outside('E6', two)).toBe('E6');
    expect(outside('E7', two)).toBe('E11');
  });

  it('widens and says so where lines cannot be listed', () => {
    const widened: unknown[] = [];
    const many = { ...rows(recordBand(5, 2, 400)), onWidened: (place: unknown) => widened.push(place) };
    expect(outside('SUM(E5)', many)).toBe('SUM(E5:E803)');
    expect(widened).toHaveLength(1);
  });

  it('shrinks with a ruled form that has more lines than data', () => {
    const form = rows(linesBand(5, 5, 2));
    expect(outside('SUM(E5:E9)', form)).toBe('SUM(E5:E6)');
    expect(outside('E10', form)).toBe('E7');
    expect(outside('SUM(E6:E7)', form)).toBe('SUM(#REF!)');
  });
});

describe('a formula of the sample', () => {
  const change = rows(recordBand(5, 1, 100));
  it.each([
    ['D5*E5', 'D7*E7'],
    ['F4+E5', 'F6+E7'],
    ['E5*$B$2', 'E7*$B$2'],
    ['E5*B2', 'E7*B2'],
    ['E5/E$6', 'E7/E$105'],
    ['E5/E6', 'E7/E105'],
    ['SUM(F$5:F5)', 'SUM(F$5:F7)'],
    ['E5/SUM(E$5:E$5)', 'E7/SUM(E$5:E$104)'],
    ['RANK(E5,$E$5:$E$5)', 'RANK(E7,$E$5:$E$104)'],
    ['SUM(B5:D5)', 'SUM(B7:D7)'],
    ['B!B5', 'B!B7'],
    ['VLOOKUP(A5,B!A2:C9,2,0)', 'VLOOKUP(A7,B!A2:C9,2,0)'],
    ['$A$5', '$A$5'],
    ['台账!A5', '台账!A7'],
    ['ROW()-4', 'ROW()-4'],
  ])('%s reads %s two rows down', (before, after) => {
    expect(inSample(before, 7, change)).toBe(after);
  });

  it('follows its record when the record has several lines', () => {
    const two = rows(recordBand(5, 2, 3));
    expect(inSample('A5&A6', 10, two, 6)).toBe('A9&A10');
    expect(inSample('A3', 10, two, 6)).toBe('A7');
  });
});

describe('columns', () => {
  it('move the same way', () => {
    const change = expansion('column', [recordBand(3, 1, 4)]);
    expect(outside('SUM(C5:C5)', change)).toBe('SUM(C5:F5)');
    expect(outside('SUM(C5)', change)).toBe('SUM(C5:F5)');
    expect(outside('D5+$D$5', change)).toBe('G5+$G$5');
    expect(outside('B:D', change)).toBe('B:G');
    expect(outside('5:6', change)).toBe('5:6');
  });
});

describe('against a model of the sheet', () => {
  /** A sheet as a list of row marks; a range means the marks between its ends. */
  const model = fc
    .record({
      start: fc.integer({ min: 2, max: 20 }),
      size: fc.integer({ min: 1, max: 4 }),
      times: fc.integer({ min: 1, max: 6 }),
    })
    .map(({ start, size, times }) => {
      const before = Array.from({ length: 40 }, (_, at) => at + 1);
      const after = [
        ...before.slice(0, start - 1),
        ...Array.from({ length: times }, () => before.slice(start - 1, start - 1 + size)).flat(),
        ...before.slice(start - 1 + size),
      ];
      return { start, size, times, after };
    });

  it('a range outside covers exactly the rows that came of its rows, if it takes the sample whole or not at all', () => {
    fc.assert(
      fc.property(
        model,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 30 }),
        ({ start, size, times, after }, a, b) => {
          const [from, to] = [Math.min(a, b), Math.max(a, b)];
          const last = start + size - 1;
          fc.pre((from <= start || from > last) && (to >= last || to < start));
          const shifted = outside(`SUM(A${from}:A${to})`, rows(recordBand(start, size, times)));
          const area = parseArea(shifted.slice(4, -1))!;
          const covered = after.slice(area.top - 1, area.bottom);
          expect(covered).toEqual(after.filter((mark) => mark >= from && mark <= to));
        },
      ),
    );
  });

  it('a single cell outside the sample is found again', () => {
    fc.assert(
      fc.property(model, fc.integer({ min: 1, max: 30 }), ({ start, size, times, after }, row) => {
        const shifted = outside(`A${row}+0`, rows(recordBand(start, size, times)));
        expect(after[Number(shifted.slice(1, -2)) - 1]).toBe(row);
      }),
    );
  });

  it('a relative reference in the sample means the same mark of the same record', () => {
    fc.assert(
      fc.property(model, fc.nat(3), fc.nat(3), fc.nat(5), ({ start, size, times, after }, here, there, copy) => {
        const [from, to] = [here % size, there % size];
        const record = copy % times;
        const row = start + record * size + from;
        const shifted = inSample(`A${start + to}+0`, row, rows(recordBand(start, size, times)), start + from);
        const target = Number(shifted.slice(1, -2));
        expect(after[target - 1]).toBe(start + to);
        expect(Math.floor((target - start) / size)).toBe(record);
      }),
    );
  });

  it('what a map says of a row and of where it came from agree', () => {
    fc.assert(
      fc.property(model, ({ start, size, times, after }) => {
        const map = createAxisMap([recordBand(start, size, times)], MAX_ROWS);
        expect(after.map((_, at) => map.origin(at + 1))).toEqual(after);
        expect(after.every((mark, at) => [...map.images(mark)].includes(at + 1))).toBe(true);
      }),
    );
  });
});

describe('names of places', () => {
  it('read and print alike', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_COLUMNS }), (column) => columnNumber(columnName(column)) === column),
    );
    expect(printArea(parseArea('B3:D9')!)).toBe('B3:D9');
    expect(printArea(parseArea('$D$9:$B$3')!)).toBe('B3:D9');
    expect(parseArea('B0')).toBeUndefined();
    expect(parseArea('XFE1')).toBeUndefined();
    expect(quoteSheet('台账')).toBe('台账');
    expect(quoteSheet("a'b")).toBe("'a''b'");
    expect(quoteSheet('A1')).toBe("'A1'");
    expect(quoteSheet('2024')).toBe("'2024'");
  });
});

it('a sheet whose name is a number stays itself where the row rolls', () => {
  const token = tokenize("'90000001'!A5")[0] as ReferenceToken;
  const rolling = { ...token, rolling: { from: true, to: true }, from: { ...token.from, row: 0 } } as ReferenceToken;
  expect(compileRolling([rolling])(7)).toBe("'90000001'!A7");
});
