import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idNumberCheckDigit } from '../../core/index.ts';
import { readValue, type ValueRule } from '../../reports/index.ts';

const value = (rule: ValueRule, typed: string | null) => {
  const read = readValue(rule, typed);
  return 'value' in read ? read.value : 'refused';
};

describe('an answer', () => {
  it('is written in one form, however it was typed or pasted', () => {
    expect(value({ type: 'decimal' }, ' ８５．５０ ')).toBe('85.5');
    expect(value({ type: 'decimal' }, '1,200')).toBe('1200');
    expect(value({ type: 'integer' }, '007')).toBe('7');
    expect(value({ type: 'decimal' }, '-0')).toBe('0');
    for (const typed of ['2026-1-5', '2026/01/05', '2026.1.5', '20260105', '2026年1月5日', '２０２６－０１－０５']) {
      expect(value({ type: 'date' }, typed)).toBe('2026-01-05');
    }
    expect(value({ type: 'timestamp' }, '2026-1-5 9:05')).toBe('2026-01-05 09:05:00');
    expect(value({ type: 'text', check: 'idNumber' }, ' 11010519491231002x ')).toBe('11010519491231002X');
    expect(value({ type: 'text', check: 'phone' }, '138 1234 5678')).toBe('13812345678');
    expect(value({ type: 'boolean' }, '是')).toBe('true');
  });

  it('may be blank: an explicit "there is none"', () => {
    for (const type of ['text', 'code', 'integer', 'decimal', 'date', 'timestamp', 'boolean'] as const) {
      expect([value({ type }, null), value({ type }, '  ')]).toEqual([null, null]);
    }
  });

  it('may be a tick or a cross where yes or no is asked', () => {
    expect([value({ type: 'boolean' }, '√'), value({ type: 'boolean' }, '×')]).toEqual(['true', 'false']);
    expect([
      value({ type: 'code', codes: ['是', '否'] }, '✓'),
      value({ type: 'code', codes: ['是', '否'] }, '×'),
    ]).toEqual(['是', '否']);
    expect(value({ type: 'code', codes: ['空置', '出租'] }, '√')).toBe('refused');
  });

  it('is refused when it does not fit, with what would', () => {
    for (const typed of ['12a', '1e5', '--1', '1.2.3', '1234567890123456789'])
      expect(value({ type: 'decimal' }, typed)).toBe('refused');
    for (const typed of ['2026-02-30', '26-1-1', '1899-12-31', '2026-13-01', '明天'])
      expect(value({ type: 'date' }, typed)).toBe('refused');
    expect(value({ type: 'integer' }, '1.5')).toBe('refused');
    expect(value({ type: 'integer', unit: '人' }, '-1')).toBe('refused');
    expect(value({ type: 'integer' }, '-2')).toBe('-2');
    expect(value({ type: 'text', check: 'phone' }, '12')).toBe('refused');
    expect(value({ type: 'text', check: 'idNumber' }, '110105194912310021')).toBe('refused');
    expect(value({ type: 'text' }, 'x'.repeat(2001))).toBe('refused');
    expect(value({ type: 'text' }, 'a\u0000b')).toBe('refused');
    expect(readValue({ type: 'code', codes: ['空置', '出租'] }, '空房')).toMatchObject({
      problem: { zh: '应从下列值中选择：空置、出租。' },
    });
  });

  it('read again is the same, whatever was typed', () => {
    const rules: ValueRule[] = [
      { type: 'decimal' },
      { type: 'integer' },
      { type: 'date' },
      { type: 'timestamp' },
      { type: 'text' },
      { type: 'text', check: 'phone' },
      { type: 'code', codes: ['甲', '乙'] },
    ];
    const typed = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.double().map(String),
      fc.date().map(String),
      fc.constantFrom('甲', '13812345678', '2026.3.4'),
    );
    fc.assert(
      fc.property(fc.constantFrom(...rules), typed, (rule, text) => {
        const once = value(rule, text);
        if (once !== 'refused') expect(value(rule, once)).toBe(once);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes every identity number with a right check digit', () => {
    const first17 = fc.tuple(fc.integer({ min: 110000, max: 659999 }), fc.integer({ min: 0, max: 999 }));
    fc.assert(
      fc.property(first17, ([region, serial]) => {
        const head = `${region}19800512${String(serial).padStart(3, '0')}`;
        const number = head + idNumberCheckDigit(head);
        expect(value({ type: 'text', check: 'idNumber' }, number)).toBe(number);
      }),
    );
  });
});
