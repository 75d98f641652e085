/** The parts of a column that decide what may stand in its cells. */
export interface ValueRule {
  readonly type: 'text' | 'code' | 'integer' | 'decimal' | 'date' | 'timestamp' | 'boolean';
  readonly codes: readonly string[] | null;
  readonly optional: boolean;
}

export type Problem = 'empty' | 'code' | 'integer' | 'decimal' | 'date' | 'boolean' | 'long';

export type Parsed =
  | { readonly ok: true; readonly value: string | null }
  | { readonly ok: false; readonly problem: Problem };

/**
 * What a person typed, or Excel pasted, as the canonical text of the column's type: full-width digits, thousands
 * separators and the many ways to write a date are understood. The server checks again.
 *
 * @example parseCell({ type: 'date', codes: null, optional: false }, '2026年3月5日') // { ok: true, value: '2026-03-05' }
 */
export function parseCell(rule: ValueRule, typed: string): Parsed {
  const text = halfWidth(typed).trim();
  if (text === '') return rule.optional ? { ok: true, value: null } : { ok: false, problem: 'empty' };
  if (text.length > 2000) return { ok: false, problem: 'long' };
  switch (rule.type) {
    case 'code':
      return parseCode(rule.codes ?? [], text);
    case 'integer':
      return parseNumber(text, /^-?\d{1,15}$/, 'integer');
    case 'decimal':
      return parseNumber(text, /^-?\d{1,15}(\.\d{1,10})?$/, 'decimal');
    case 'date':
      return parseDate(text);
    case 'boolean':
      return parseBoolean(text);
    default:
      return { ok: true, value: typed.trim() };
  }
}

/** The values of a code list that fit what was typed so far: beginnings first, then anywhere inside. */
export function matchingCodes(codes: readonly string[], typed: string): string[] {
  const text = halfWidth(typed).trim().toLowerCase();
  const starts = codes.filter((code) => code.toLowerCase().startsWith(text));
  const inside = codes.filter((code) => !starts.includes(code) && code.toLowerCase().includes(text));
  return [...starts, ...inside];
}

function halfWidth(text: string): string {
  return text
    .replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/[\u3000\u00a0]/g, ' ');
}

function parseCode(codes: readonly string[], text: string): Parsed {
  const exact = codes.find((code) => halfWidth(code) === text);
  if (exact !== undefined) return { ok: true, value: exact };
  const matches = matchingCodes(codes, text);
  return matches.length === 1 ? { ok: true, value: matches[0]! } : { ok: false, problem: 'code' };
}

function parseNumber(text: string, pattern: RegExp, problem: Problem): Parsed {
  const digits = text.replace(/(?<=\d)[,，](?=\d{3})/g, '').replace(/^\+/, '');
  if (!pattern.test(digits)) return { ok: false, problem };
  const canonical = digits.replace(/^(-?)0+(?=\d)/, '$1');
  const trimmed = canonical.includes('.') ? canonical.replace(/\.?0+$/, '') : canonical;
  return { ok: true, value: trimmed };
}

function parseDate(text: string): Parsed {
  const parts =
    /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(text) ??
    /^(\d{4})(\d{2})(\d{2})$/.exec(text) ??
    // Excel pastes a date with its midnight.
    /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T]0?0:00(?::00)?$/.exec(text);
  if (!parts) return { ok: false, problem: 'date' };
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && year >= 1900 && year <= 2199;
  return real ? { ok: true, value: date.toISOString().slice(0, 10) } : { ok: false, problem: 'date' };
}

function parseBoolean(text: string): Parsed {
  if (/^(是|有|true|y|yes|1)$/i.test(text)) return { ok: true, value: 'true' };
  if (/^(否|无|false|n|no|0)$/i.test(text)) return { ok: true, value: 'false' };
  return { ok: false, problem: 'boolean' };
}
