import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEvaluator, type Grid } from '../../../templates/xlsx/formula/evaluate.ts';
import { FUNCTIONS } from '../../../templates/xlsx/formula/functions.ts';
import { parseFormula } from '../../../templates/xlsx/formula/syntax.ts';
import { tokenize } from '../../../templates/xlsx/formula/tokens.ts';
import { NotComputable, type Value } from '../../../templates/xlsx/formula/values.ts';

/** Columns A to F of the one sheet. */
const DATA: readonly (readonly Value[])[] = [
  [1, '张三', 10, true, '甲', 45_809],
  [2, '李四', 20, false, '乙', null],
  [3, '张五', null, null, '甲', '12'],
  [4, 'abc', -5, { error: '#N/A' }, '', 2.5],
];

function gridOf(data: readonly (readonly Value[])[]): Grid {
  return {
    value: (_sheet, row, column) => data[row - 1]?.[column - 1] ?? null,
    sheetNumber: (name) => (name === '表' ? 0 : undefined),
    used: () => ({ rows: data.length, columns: data[0]?.length ?? 0 }),
    name: (name) => (name === '税率' ? tokenize('0.5') : name === '金额' ? tokenize('表!$C$1:$C$4') : undefined),
    structured: (text) =>
      text === '表1[数]' ? { kind: 'range', sheet: 0, area: { top: 1, left: 1, bottom: 4, right: 1 } } : undefined,
    hidesRows: () => false,
    date1904: false,
  };
}

function evaluate(formula: string, data = DATA, isArray = false): Value | 'unknown' {
  try {
    return createEvaluator(gridOf(data), FUNCTIONS).evaluate(parseFormula(tokenize(formula)), {
      sheet: 0,
      row: 7,
      column: 3,
      isArray,
    });
  } catch (error) {
    if (error instanceof NotComputable) return 'unknown';
    throw error;
  }
}

const error = (name: string): Value => ({ error: name });

describe('a formula', () => {
  it.each<[string, Value | 'unknown']>([
    ['1+2*3^2', 19],
    ['-2^2', 4],
    ['2^3^2', 64],
    ['10%+5%', 0.15],
    ['1-0.9-0.1', 0],
    ['(1+2)*-3', -9],
    ['"a"&1&TRUE', 'a1TRUE'],
    ['"A"="a"', true],
    ['1<"a"', true],
    ['"x"<TRUE', true],
    ['A1=1', true],
    ['F2=""', true],
    ['F2=0', true],
    ['A1/0', error('#DIV/0!')],
    ['A1+B1', error('#VALUE!')],
    ['A1+F3', 13],
    ['A1+D4', error('#N/A')],
    ['F2', 0],
    ['SUM(A1:A4)', 10],
    ['SUM(C:C)', 25],
    ['SUM(A1:B4,"3",TRUE)', 14],
    ['SUM(金额)*税率', 12.5],
    ['SUM(表1[数])', 10],
    ['SUM(表!A1:A4,[1]别!A1)', 'unknown'],
    ['SUM(D1:D4)', error('#N/A')],
    ['AVERAGE(C1:C4)', 25 / 3],
    ['COUNT(A1:F4)', 9],
    ['COUNTA(C1:C4)', 3],
    ['COUNTBLANK(C1:C4)', 1],
    ['MIN(C1:C4)-MAX(C1:C4)', -25],
    ['COUNTIF(B1:B4,"张*")', 2],
    ['COUNTIF(B1:B4,"??")', 2 + 1],
    ['COUNTIF(C1:C4,">=10")', 2],
    ['COUNTIF(C1:C4,"<>10")', 3],
    ['SUMIF(E1:E4,"甲",A1:A4)', 4],
    ['SUMIF(A1:A4,">2")', 7],
    ['SUMIFS(A1:A4,E1:E4,"甲",A1:A4,"<3")', 1],
    ['COUNTIFS(E1:E4,"甲",B1:B4,"张*")', 2],
    ['AVERAGEIF(E1:E4,"甲",A1:A4)', 2],
    ['MAXIFS(A1:A4,E1:E4,"甲")', 3],
    ['SUMPRODUCT((E1:E4="甲")*A1:A4)', 4],
    ['SUMPRODUCT(A1:A4,C1:C4)', 30],
    ['SUBTOTAL(9,A1:A4)+SUBTOTAL(103,B1:B4)', 14],
    ['IF(A1>0,"是","否")', '是'],
    ['IF(A1<0,"是")', false],
    ['IF(A1>0,,1)', 0],
    ['IFERROR(1/0,"—")', '—'],
    ['IFNA(VLOOKUP("无",B1:C4,2,FALSE),"无此人")', '无此人'],
    ['AND(A1>0,A2>5)', false],
    ['OR(A1>0,A2>5)', true],
    ['NOT(A1)', false],
    ['CHOOSE(2,"a","b")', 'b'],
    ['IFS(A1>5,1,A1>0,2)', 2],
    ['SWITCH(A2,1,"一",2,"二","其他")', '二'],
    ['ROUND(1.005,2)', 1.01],
    ['ROUND(-2.5,0)', -3],
    ['ROUND(1234,-2)', 1200],
    ['ROUNDUP(1.01,1)', 1.1],
    ['ROUNDDOWN(-1.99,1)', -1.9],
    ['INT(-1.5)', -2],
    ['MOD(-3,2)', 1],
    ['MOD(3,0)', error('#DIV/0!')],
    ['SQRT(-1)', error('#NUM!')],
    ['CEILING(7,5)', 10],
    ['VLOOKUP("李四",B1:C4,2,FALSE)', 20],
    ['VLOOKUP("张?",B1:C4,2,FALSE)', 10],
    ['VLOOKUP(2.5,A1:C4,2)', '李四'],
    ['VLOOKUP("李四",B1:C4,3,FALSE)', error('#REF!')],
    ['HLOOKUP(1,A1:C2,2,FALSE)', 2],
    ['MATCH("李四",B1:B4,0)', 2],
    ['MATCH(3.5,A1:A4)', 3],
    ['INDEX(B1:B4,MATCH(3,A1:A4,0))', '张五'],
    ['INDEX(A1:C4,2,3)', 20],
    ['INDEX(A1:A4,9)', error('#REF!')],
    ['XLOOKUP("李四",B1:B4,C1:C4,"无")', 20],
    ['_xlfn.XLOOKUP("无",B1:B4,C1:C4,"无")', '无'],
    ['LOOKUP(3,A1:A4,B1:B4)', '张五'],
    ['LARGE(A1:A4,2)+SMALL(A1:A4,1)', 4],
    ['RANK(A2,A1:A4)', 3],
    ['RANK(A2,A1:A4,1)', 2],
    ['MEDIAN(A1:A4)', 2.5],
    ['ROW()+COLUMN()', 10],
    ['ROW(B9)+ROWS(A1:A4)+COLUMNS(A1:C1)', 16],
    ['LEFT(B1,1)&MID(B4,2,1)&RIGHT(B2)', '张b四'],
    ['LEN("街道办")', 3],
    ['TRIM("  a  b ")', 'a b'],
    ['SUBSTITUTE("a-b-c","-","/",2)', 'a-b/c'],
    ['FIND("c",B4)', 3],
    ['FIND("C",B4)', error('#VALUE!')],
    ['SEARCH("C",B4)', 3],
    ['TEXT(1234.5,"#,##0.00")', '1,234.50'],
    ['TEXT(0.256,"0%")', '26%'],
    ['TEXT(7,"000")', '007'],
    ['TEXT(F1,"yyyy-mm-dd")', '2025-06-01'],
    ['TEXT(F1,"yyyy年m月d日")', '2025年6月1日'],
    ['TEXT(F1,"mmm")', 'unknown'],
    ['DATE(2025,6,1)', 45_809],
    ['DATE(2024,13,1)', 45_658],
    ['YEAR(F1)*100+MONTH(F1)', 202_506],
    ['CONCATENATE(A1,"-",B1)', '1-张三'],
    ['TEXTJOIN("、",TRUE,B1:B2)', '张三、李四'],
    ['ISNUMBER(A1)', true],
    ['ISERROR(D4)', true],
    ['ISBLANK(F2)', true],
    ['N("x")+N(D1)', 1],
    ['没有的名称', error('#NAME?')],
    ['NOW()', 'unknown'],
    ['INDIRECT("A1")', 'unknown'],
    ['A1:A4', 'unknown'],
    ['A1 B1', 'unknown'],
    ['"1,234"+1', 'unknown'],
    ['B1<B2', 'unknown'],
    ['1e300*1e300', error('#NUM!')],
  ])('%s is %j', (formula, expected) => {
    const value = evaluate(formula);
    if (typeof expected === 'number') expect(value).toBeCloseTo(expected, 12);
    else expect(value).toEqual(expected);
  });

  it('as an array formula runs over ranges', () => {
    expect(evaluate('SUM(A1:A4*{1;2;3;4})', DATA, true)).toBe(30);
    expect(evaluate('SUM(IF(E1:E4="甲",A1:A4,0))', DATA, true)).toBe(4);
    expect(evaluate('SUM(IF(E1:E4="甲",A1:A4))', DATA, true)).toBe(4);
    expect(evaluate('MAX(-A1:A4)', DATA, true)).toBe(-1);
  });

  it('never throws anything but that it cannot be known', () => {
    const piece = fc.constantFrom(
      'A1',
      'B2:C4',
      '1',
      '"x"',
      '(',
      ')',
      ',',
      '+',
      '-',
      '&',
      '=',
      'SUM(',
      'IF(',
      'INDEX(',
      'VLOOKUP(',
      '{1,2}',
      '%',
      ':',
      'TRUE',
      '#REF!',
      '表!A1',
      'ROW()',
    );
    fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => evaluate(pieces.join('')) !== undefined));
  });

  it('gives the sum and count that a loop gives, however ranges grow', () => {
    const cells = fc.array(fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.constant(null), fc.constant('x')), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(cells, (column) => {
        const data = column.map((value) => [value]);
        const evaluator = createEvaluator(gridOf(data), FUNCTIONS);
        let sum = 0;
        let count = 0;
        for (const [at, value] of column.entries()) {
          if (typeof value === 'number') {
            sum += value;
            count++;
          }
          const ask = (formula: string) =>
            evaluator.evaluate(parseFormula(tokenize(formula)), { sheet: 0, row: 1, column: 9 });
          expect(ask(`SUM(A$1:A${at + 1})`)).toBe(sum);
          expect(ask(`COUNT(A$1:A${at + 1})`)).toBe(count);
        }
      }),
    );
  });

  it('stops reading when its budget is used up', () => {
    const data = Array.from({ length: 1_000 }, (_, at) => [at]);
    const evaluator = createEvaluator(gridOf(data), FUNCTIONS, 5_000);
    const ask = (formula: string) =>
      evaluator.evaluate(parseFormula(tokenize(formula)), { sheet: 0, row: 1, column: 9 });
    expect(ask('SUM(A1:A1000)')).toBe(499_500);
    expect(() => {
      for (let from = 1; from < 100; from++) ask(`SUM(A${from}:A1000)`);
    }).toThrow(NotComputable);
  });
});
