import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentDisposition } from '../../server/attachment.ts';

describe('the name of a download', () => {
  it('is Chinese for browsers that read RFC 5987, and ASCII for others', () => {
    expect(contentDisposition('空置房台账（2026年11月）.xlsx')).toBe(
      `attachment; filename="_2026_11_.xlsx"; filename*=UTF-8''${encodeURIComponent('空置房台账（2026年11月）.xlsx')}`,
    );
  });

  it('cannot add a header, a path or a quote, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const value = contentDisposition(name);
        expect(value).toMatch(/^attachment; filename="[\x20-\x7e]*"; filename\*=UTF-8''[\w%.!~-]*$/);
        expect(/filename="([^"]*)"/.exec(value)![1]).not.toMatch(/[\\/%]/);
      }),
    );
  });
});
