import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchingCodes, parseCell, type ValueRule } from '../../web/grid/cell-value.ts';

const rule = (type: ValueRule['type'], change: Partial<ValueRule> = {}): ValueRule => ({
  type,
  codes: null,
  optional: false,
  ...change,
});
const read = (of: ValueRule, typed: string) => {
  const parsed = parseCell(of, typed);
  return parsed.ok ? parsed.value : `!${parsed.problem}`;
};

describe('what a clerk types', () => {
  it('is a date in any of the ways people write one', () => {
    for (const typed of [
      '2026-3-5',
      '2026/03/05',
      '2026.3.5',
      '20260305',
      '2026年3月5日',
      ' ２０２６－０３－０５ ',
      '2026/3/5 0:00:00',
    ]) {
      expect(read(rule('date'), typed)).toBe('2026-03-05');
    }
    for (const typed of ['2026-02-30', '2026-13-01', '3月5日', '明天', '0026-01-01'])
      expect(read(rule('date'), typed)).toBe('!date');
  });

  it('is a number with full-width digits and thousands separators', () => {
    expect(read(rule('integer'), '１，２３４')).toBe('1234');
    expect(read(rule('integer'), '007')).toBe('7');
    expect(read(rule('decimal'), '1,234.50')).toBe('1234.5');
    expect(read(rule('decimal'), '0.0')).toBe('0');
    expect(read(rule('integer'), '3.5')).toBe('!integer');
    expect(read(rule('decimal'), '两间')).toBe('!decimal');
  });

  it('is a value of the code list, or the one that begins or holds it', () => {
    const codes = rule('code', { codes: ['自住', '出租', '群租', '空置'] });
    expect(read(codes, '空置')).toBe('空置');
    expect(read(codes, '空')).toBe('空置');
    expect(read(codes, '租')).toBe('!code');
    expect(matchingCodes(['自住', '出租', '群租'], '租')).toEqual(['出租', '群租']);
    expect(matchingCodes(['出租', '群租'], '')).toEqual(['出租', '群租']);
  });

  it('may be blank only where a blank is an answer', () => {
    expect(read(rule('text', { optional: true }), '  ')).toBeNull();
    expect(read(rule('text'), '')).toBe('!empty');
  });

  it('read again is the same: canonical text stays as it is', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<ValueRule['type']>('text', 'integer', 'decimal', 'date', 'boolean'),
        fc.string(),
        (type, typed) => {
          const once = parseCell(rule(type), typed);
          if (once.ok && once.value !== null) expect(parseCell(rule(type), once.value)).toEqual(once);
        },
      ),
    );
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (number) => {
        expect(read(rule('integer'), number.toLocaleString('en-US'))).toBe(String(number));
      }),
    );
  });
});
