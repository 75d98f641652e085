/** What a number becomes when shown: a plain number, a day or moment, or a length of time. */
export type NumberKind = 'number' | 'date' | 'duration';

/**
 * Built-in number formats by id (ECMA-376 part 1, 18.8.30). The ids 27 to 36 and 50 to 58 have no code in the file;
 * Chinese Excel shows them as dates.
 */
export const BUILT_IN_FORMATS: Readonly<Record<number, string>> = {
  0: 'General',
  1: '0',
  2: '0.00',
  3: '#,##0',
  4: '#,##0.00',
  9: '0%',
  10: '0.00%',
  11: '0.00E+00',
  12: '# ?/?',
  13: '# ??/??',
  14: 'yyyy/m/d',
  15: 'd-mmm-yy',
  16: 'd-mmm',
  17: 'mmm-yy',
  18: 'h:mm AM/PM',
  19: 'h:mm:ss AM/PM',
  20: 'h:mm',
  21: 'h:mm:ss',
  22: 'yyyy/m/d h:mm',
  27: 'yyyy"年"m"月"',
  28: 'm"月"d"日"',
  29: 'm"月"d"日"',
  30: 'm-d-yy',
  31: 'yyyy"年"m"月"d"日"',
  32: 'h"时"mm"分"',
  33: 'h"时"mm"分"ss"秒"',
  34: '上午/下午h"时"mm"分"',
  35: '上午/下午h"时"mm"分"ss"秒"',
  36: 'yyyy"年"m"月"',
  37: '#,##0;-#,##0',
  38: '#,##0;[Red]-#,##0',
  39: '#,##0.00;-#,##0.00',
  40: '#,##0.00;[Red]-#,##0.00',
  45: 'mm:ss',
  46: '[h]:mm:ss',
  47: 'mm:ss.0',
  48: '##0.0E+0',
  49: '@',
  50: 'yyyy"年"m"月"',
  51: 'm"月"d"日"',
  52: 'yyyy"年"m"月"',
  53: 'm"月"d"日"',
  54: 'm"月"d"日"',
  55: '上午/下午h"时"mm"分"',
  56: '上午/下午h"时"mm"分"ss"秒"',
  57: 'yyyy"年"m"月"',
  58: 'm"月"d"日"',
};

/**
 * Whether a format code shows a number as a date. Quoted text, escaped characters, colours, conditions and currency
 * marks do not count; `[h]`, `[mm]`, `[ss]` make a duration.
 *
 * @example numberKind('yyyy"年"m"月"') // 'date'
 * @example numberKind('0.00"days"') // 'number'
 */
export function numberKind(code: string): NumberKind {
  const bare = code.replace(/"[^"]*"?|\\.|[_*]./gs, '');
  if (/\[(h+|m+|s+)\]/i.test(bare)) return 'duration';
  const section = bare.replace(/\[[^\]]*\]/g, '').split(';')[0]!;
  if (/general|通用格式|常规/i.test(section)) return 'number';
  return /[ymdhs]|aaa/i.test(section) ? 'date' : 'number';
}
