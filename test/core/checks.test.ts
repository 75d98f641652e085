import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { creditCodeCheckDigit, idNumberCheckDigit, isCreditCode, isIdNumber, isPhone } from '../../core/index.ts';

describe('check digits', () => {
  it('accepts the published samples', () => {
    expect(isIdNumber('11010519491231002X')).toBe(true);
    expect(isCreditCode('91350100M000100Y43')).toBe(true);
  });

  it('notices every single wrong digit of an identity number', () => {
    const digits = fc.stringMatching(/^[1-9]\d{5}19[5-9]\d(0[1-9]|1[0-2])(0[1-9]|1\d|2[0-8])\d{3}$/);
    fc.assert(
      fc.property(digits, fc.integer({ min: 0, max: 16 }), fc.integer({ min: 1, max: 9 }), (first17, at, by) => {
        const valid = first17 + idNumberCheckDigit(first17);
        expect(isIdNumber(valid)).toBe(true);
        const changed = valid.slice(0, at) + ((Number(valid[at]) + by) % 10) + valid.slice(at + 1);
        expect(isIdNumber(changed)).toBe(false);
      }),
    );
  });

  it('notices every single wrong character of a credit code', () => {
    const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';
    const code = fc.array(fc.constantFrom(...alphabet), { minLength: 17, maxLength: 17 }).map((c) => c.join(''));
    fc.assert(
      fc.property(code, fc.integer({ min: 0, max: 16 }), fc.integer({ min: 1, max: 30 }), (first17, at, by) => {
        const valid = first17 + creditCodeCheckDigit(first17);
        expect(isCreditCode(valid)).toBe(true);
        const changed = valid.slice(0, at) + alphabet[(alphabet.indexOf(valid[at]!) + by) % 31] + valid.slice(at + 1);
        expect(isCreditCode(changed)).toBe(false);
      }),
    );
  });

  it('knows phones', () => {
    expect(['13800138000', '021-55500118', '55500118'].every(isPhone)).toBe(true);
    expect(['1380013800', '23800138000', '一三八'].some(isPhone)).toBe(false);
  });
});
