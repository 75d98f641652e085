// Over the usual size: a language is read in one piece: its words, its grammar, what its functions do.
import type { Json, JsonObject } from '../core/json.ts';
import { expressionWrong } from './errors.ts';

/** One change to a record: the column it sets, and its new value worked out of the record as it stands by then. */
export interface Computation {
  readonly column: string;
  readonly value: (record: JsonObject) => string | null;
  /** The columns that its value is worked out of. */
  readonly reads: readonly string[];
}

type Value = string | null;
type Node = (record: JsonObject) => Value;

const MOST_TEXT = 4_000;
const MOST_STATEMENTS = 20;
const MOST_DEPTH = 40;
const MOST_VALUE = 10_000;

const WIDE = /[\uff01-\uff5e]/g;

interface MendingFunction {
  readonly zh: string;
  readonly takes: readonly [number, number];
  readonly run: (args: Value[]) => Value;
}

const DECLARED: Readonly<Record<string, MendingFunction>> = {
  upper: { zh: '大写', takes: [1, 1], run: ([x]) => text(x, (it) => it.toUpperCase()) },
  lower: { zh: '小写', takes: [1, 1], run: ([x]) => text(x, (it) => it.toLowerCase()) },
  trim: { zh: '去空格', takes: [1, 1], run: ([x]) => text(x, (it) => it.replaceAll(/\s/g, '')) },
  digits: { zh: '只留数字', takes: [1, 1], run: ([x]) => text(x, (it) => it.replaceAll(/\D/g, '')) },
  half: {
    zh: '半角',
    takes: [1, 1],
    run: ([x]) =>
      text(x, (it) => it.replace(WIDE, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replaceAll('\u3000', ' ')),
  },
  replace: {
    zh: '替换',
    takes: [3, 3],
    run: ([x, find, by]) => text(x, (it) => it.replaceAll(find || '\0', by ?? '')),
  },
  left: { zh: '左', takes: [2, 2], run: ([x, n]) => text(x, (it) => it.slice(0, count(n))) },
  right: { zh: '右', takes: [2, 2], run: ([x, n]) => text(x, (it) => (count(n) === 0 ? '' : it.slice(-count(n)))) },
  mid: {
    zh: '截取',
    takes: [3, 3],
    run: ([x, from, n]) =>
      text(x, (it) => it.slice(Math.max(0, count(from) - 1), Math.max(0, count(from) - 1) + count(n))),
  },
  pad: {
    zh: '补位',
    takes: [3, 3],
    run: ([x, n, by]) => text(x, (it) => it.padStart(Math.min(100, count(n)), by || ' ')),
  },
  date: { zh: '日期', takes: [1, 1], run: ([x]) => text(x, plainDate) },
  map: { zh: '对照', takes: [3, 60], run: ([x, ...pairs]) => mapped(x ?? null, pairs) },
  ifempty: {
    zh: '为空则',
    takes: [2, 2],
    run: ([x, y]) => (x === null || x === undefined || x.trim() === '' ? (y ?? null) : x),
  },
  if: { zh: '如果', takes: [3, 3], run: ([test, yes, no]) => (test === 'true' ? (yes ?? null) : (no ?? null)) },
  contains: { zh: '包含', takes: [2, 2], run: ([x, y]) => String((x ?? '').includes(y ?? '')) },
  starts: { zh: '开头是', takes: [2, 2], run: ([x, y]) => String((x ?? '').startsWith(y ?? '')) },
};

// A map has no names but its own: `constructor` is no function of this language.
const FUNCTIONS: ReadonlyMap<string, MendingFunction> = new Map(
  Object.entries(DECLARED).flatMap(([name, known]) => [
    [name, known],
    [known.zh, known],
  ]),
);

/** The names of the functions, English and Chinese, for help and completion. */
export const MENDING_FUNCTIONS: readonly { readonly name: string; readonly zh: string }[] = Object.entries(
  DECLARED,
).map(([name, { zh }]) => ({ name, zh }));

/**
 * Reads an expression that mends records: `column = value`, several of them by `;` or line. A value is a column, a text in quotes, a
 * number, `null`, `a & b` (one after the other), `a = b`, `a <> b`, or a function of these (`upper`, `replace`, …, or 大写, 替换, …).
 * A column whose name has other signs stands in brackets: `[证件 号]`.
 *
 * @throws FillOnceError `warehouse.quarantine.expression` naming the place.
 * @example readExpression("idNo = upper(replace(idNo, '!', ''))")[0].value({ idNo: '1!x' }) // '1X'
 */
export function readExpression(source: string): readonly Computation[] {
  if (source.length > MOST_TEXT) throw expressionWrong(`1–${MOST_TEXT}`, { zh: '太长', en: 'too long' });
  const tokens = tokensOf(source);
  let at = 0;
  let reads = new Set<string>();
  const peek = () => tokens[at];
  const isSign = (sign: string) => peek()?.kind === 'sign' && peek()?.text === sign;
  const fail = (zh: string, en: string): never => {
    const token = peek();
    throw expressionWrong(token ? `${token.text}@${token.at + 1}` : source.slice(-20), { zh, en });
  };
  const take = (sign: string) => {
    if (!isSign(sign)) fail(`这里应是“${sign}”`, `'${sign}' is expected here`);
    at++;
  };

  function comparison(depth: number): Node {
    const first = joined(depth);
    for (const sign of ['=', '<>'] as const) {
      if (!isSign(sign)) continue;
      at++;
      const second = joined(depth);
      const same = sign === '=';
      return (record) => String(((first(record) ?? '') === (second(record) ?? '')) === same);
    }
    return first;
  }

  function joined(depth: number): Node {
    const parts = [simple(depth)];
    while (isSign('&') || isSign('+')) {
      at++;
      parts.push(simple(depth));
    }
    if (parts.length === 1) return parts[0]!;
    return (record) => bounded(parts.map((part) => part(record) ?? '').join(''));
  }

  function simple(depth: number): Node {
    if (depth > MOST_DEPTH) fail('嵌套太深', 'nested too deeply');
    const token = peek();
    if (!token) return fail('表达式没有写完', 'the expression ends too early');
    if (isSign('(')) {
      at++;
      const inner = comparison(depth + 1);
      take(')');
      return inner;
    }
    if (token.kind === 'sign')
      return fail('这里应是字段、文字或函数', 'a column, a text or a function is expected here');
    at++;
    if (token.kind === 'text') return () => token.text;
    if (token.kind === 'word' && isSign('(')) return call(token.text, depth);
    if (token.kind === 'word' && /^(null|空)$/.test(token.text)) return () => null;
    if (token.kind === 'word' && /^-?\d+(\.\d+)?$/.test(token.text)) return () => token.text;
    reads.add(token.text);
    return (record) => textOf(Object.hasOwn(record, token.text) ? record[token.text] : null);
  }

  function call(name: string, depth: number): Node {
    const known = FUNCTIONS.get(name.toLowerCase());
    if (!known) throw expressionWrong(name, { zh: '没有这个函数', en: 'there is no such function' });
    take('(');
    const args: Node[] = [];
    while (!isSign(')')) {
      args.push(comparison(depth + 1));
      if (!isSign(')')) take(',');
    }
    take(')');
    const [least, most] = known.takes;
    if (args.length < least || args.length > most) {
      const shown = least === most ? `${least}` : `${least}–${most}`;
      throw expressionWrong(name, {
        zh: `要 ${shown} 个参数，给了 ${args.length} 个`,
        en: `takes ${shown} values, not ${args.length}`,
      });
    }
    return (record) => bounded(known.run(args.map((arg) => arg(record))));
  }

  const found: Computation[] = [];
  while (at < tokens.length) {
    if (isSign(';')) {
      at++;
      continue;
    }
    const target = peek()!;
    if (target.kind === 'sign' || target.kind === 'text')
      fail('应以字段名开头：字段 = 值', 'begin with a column: column = value');
    at++;
    take('=');
    reads = new Set();
    const value = comparison(0);
    found.push({ column: target.text, value, reads: [...reads] });
    if (at < tokens.length && !isSign(';'))
      fail('多条之间用分号或换行', 'put a semicolon or a new line between changes');
    if (found.length > MOST_STATEMENTS) fail(`最多 ${MOST_STATEMENTS} 条`, `at most ${MOST_STATEMENTS} changes`);
  }
  if (found.length === 0) throw expressionWrong(source.slice(0, 20), { zh: '没有内容', en: 'it is empty' });
  return found;
}

interface Token {
  readonly kind: 'word' | 'column' | 'text' | 'sign';
  readonly text: string;
  readonly at: number;
}

// Chinese punctuation is typed by habit: it means the same as the Latin one.
const SIGNS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '（': '(',
    '）': ')',
    '，': ',',
    '；': ';',
    '＝': '=',
    '\n': ';',
    '≠': '<>',
  }),
);
const QUOTES: Readonly<Record<string, string>> = { "'": "'", '"': '"', '“': '”', '‘': '’' };
const WORD = /[\p{L}\p{N}_.\-#]/u;

function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let depth = 0;
  while (at < source.length) {
    const start = at;
    const char = source[at]!;
    const sign = SIGNS.get(char) ?? char;
    if (char === '\n' && depth > 0) at++;
    else if (char !== '\n' && /\s/.test(char)) at++;
    else if (source.startsWith('<>', at)) {
      tokens.push({ kind: 'sign', text: '<>', at: start });
      at += 2;
    } else if ('()=,;&+'.includes(sign) || sign === '<>') {
      depth += sign === '(' ? 1 : sign === ')' ? -1 : 0;
      tokens.push({ kind: 'sign', text: sign, at: start });
      at++;
    } else if (QUOTES[char] !== undefined || char === '[') {
      const end = source.indexOf(char === '[' ? ']' : QUOTES[char]!, at + 1);
      if (end < 0)
        throw expressionWrong(`${char}@${at + 1}`, {
          zh: '引号或括号没有成对',
          en: 'a quote or bracket is not closed',
        });
      tokens.push({ kind: char === '[' ? 'column' : 'text', text: source.slice(at + 1, end), at: start });
      at = end + 1;
    } else if (WORD.test(char)) {
      while (at < source.length && WORD.test(source[at]!)) at++;
      tokens.push({ kind: 'word', text: source.slice(start, at), at: start });
    } else throw expressionWrong(`${char}@${at + 1}`, { zh: '不认识的符号', en: 'an unknown sign' });
  }
  return tokens;
}

function textOf(value: Json | undefined): Value {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function text(value: Value | undefined, change: (text: string) => string): Value {
  return value === null || value === undefined ? null : change(value);
}

function count(value: Value | undefined): number {
  const n = Math.trunc(Number(value ?? 0));
  return Number.isFinite(n) ? Math.max(0, Math.min(MOST_VALUE, n)) : 0;
}

function bounded(value: Value): Value {
  if (value !== null && value.length > MOST_VALUE) {
    throw expressionWrong(value.slice(0, 20), {
      zh: `得出的值超过 ${MOST_VALUE} 字`,
      en: `a value has more than ${MOST_VALUE} signs`,
    });
  }
  return value;
}

/** `2026/3/5`, `2026年3月5日`, `20260305`, `2026.3.5` as `2026-03-05`; anything else stays as it is. */
function plainDate(value: string): string {
  const parts = /^\s*(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?/.exec(value);
  return parts ? `${parts[1]}-${parts[2]!.padStart(2, '0')}-${parts[3]!.padStart(2, '0')}` : value;
}

function mapped(value: Value, pairs: readonly Value[]): Value {
  for (let i = 0; i + 1 < pairs.length; i += 2) if (pairs[i] === value) return pairs[i + 1] ?? null;
  // An odd one at the end is for everything else.
  return pairs.length % 2 === 1 ? (pairs.at(-1) ?? null) : value;
}
