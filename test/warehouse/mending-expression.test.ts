import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { readExpression } from '../../warehouse/index.ts';

describe('a mending expression', () => {
  const value = (expression: string, record: JsonObject) =>
    Object.fromEntries(readExpression(expression).map(({ column, value: of }) => [column, of(record)]));

  it.each([
    ["a = upper(trim(a)) & '-' & b", { a: ' x 1', b: 2 }, { a: 'X1-2' }],
    ['纳税人识别号 = 右(纳税人识别号, 3)', { 纳税人识别号: '91310X' }, { 纳税人识别号: '10X' }],
    [
      "d = date(d)\ne = 日期(e)；f = date('20260305')",
      { d: '2026/3/5', e: '2026年11月2日' },
      { d: '2026-03-05', e: '2026-11-02', f: '2026-03-05' },
    ],
    ["g = 对照(g, '男', '1', '女', '2', '9')", { g: '女' }, { g: '2' }],
    ["g = map(g, '男', '1', '9')", { g: '?' }, { g: '9' }],
    ["p = 如果(开头是(p, '+86'), 截取(p, 4, 20), p)", { p: '+8613800000000' }, { p: '13800000000' }],
    ["p = if(p = '', null, digits(p))", { p: '138-0000 0000' }, { p: '13800000000' }],
    ['[证件 号] = pad(ifempty([证件 号], 7), 3, 0)', { '证件 号': null }, { '证件 号': '007' }],
    ['m = mid(m, 2, 2)', { m: null }, { m: null }],
  ])('%s', (expression, record, expected) => {
    expect(value(expression, record as JsonObject)).toEqual(expected);
  });

  it.each([
    '',
    'a',
    'a =',
    "a = 'x",
    'a = nope(a)',
    'a = upper(a, b)',
    'a = b c',
    '= a',
    "a = replace(a, 'x')",
    'a = $',
    "a = constructor('x')",
    'a = hasOwnProperty(a)',
    `a = ${'('.repeat(100)}b`,
  ])('that is no expression is refused in words: %s', (expression) => {
    expect(() => readExpression(expression)).toThrow(
      expect.objectContaining({ code: 'warehouse.quarantine.expression' }) as Error,
    );
  });
});
