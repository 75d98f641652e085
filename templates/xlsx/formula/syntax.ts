import type { ReferenceToken, SheetPrefix, Token } from './tokens.ts';
import { NotComputable, type Value } from './values.ts';

/** A formula as a tree, over tokens that may hold rolling references. */
export type Node =
  | { readonly type: 'literal'; readonly value: Value }
  | { readonly type: 'reference'; readonly token: ReferenceToken }
  | { readonly type: 'name'; readonly name: string; readonly sheet?: SheetPrefix }
  | { readonly type: 'structured'; readonly text: string }
  | { readonly type: 'array'; readonly rows: readonly (readonly Value[])[] }
  | { readonly type: 'call'; readonly name: string; readonly args: readonly Node[] }
  | { readonly type: 'unary'; readonly operator: '+' | '-' | '%' | '@'; readonly operand: Node }
  | { readonly type: 'binary'; readonly operator: string; readonly left: Node; readonly right: Node }
  | { readonly type: 'missing' };

const PRECEDENCE: Readonly<Record<string, number>> = {
  '=': 1,
  '<>': 1,
  '<': 1,
  '>': 1,
  '<=': 1,
  '>=': 1,
  '&': 2,
  '+': 3,
  '-': 3,
  '*': 4,
  '/': 4,
  '^': 5,
};
const UNARY_PRECEDENCE = 7;
/** Deeper nesting than Excel allows (64) is not worth a stack. */
const MOST_DEPTH = 100;

/**
 * Parses a formula; what it cannot parse (unions, intersections, spills) is {@link NotComputable}.
 *
 * @throws NotComputable
 */
export function parseFormula(tokens: readonly Token[]): Node {
  const significant = tokens.filter((token) => token.kind !== 'space');
  let at = 0;
  let depth = 0;
  const node = expression(0);
  if (at < significant.length) throw new NotComputable('syntax');
  return node;

  function peek(): Token | undefined {
    return significant[at];
  }

  function expect(kind: Token['kind']): void {
    if (significant[at++]?.kind !== kind) throw new NotComputable('syntax');
  }

  function expression(least: number): Node {
    if (++depth > MOST_DEPTH) throw new NotComputable('depth');
    let left = postfix(prefix());
    for (;;) {
      const token = peek();
      const precedence = token?.kind === 'operator' ? PRECEDENCE[token.text] : undefined;
      if (precedence === undefined || precedence <= least) break;
      at++;
      left = { type: 'binary', operator: token!.text, left, right: expression(precedence) };
    }
    depth--;
    return left;
  }

  function prefix(): Node {
    const token = peek();
    if (token?.kind === 'operator' && (token.text === '+' || token.text === '-' || token.text === '@')) {
      at++;
      return { type: 'unary', operator: token.text, operand: expression(UNARY_PRECEDENCE) };
    }
    return primary();
  }

  function postfix(node: Node): Node {
    let result = node;
    while (peek()?.kind === 'operator' && peek()!.text === '%') {
      at++;
      result = { type: 'unary', operator: '%', operand: result };
    }
    return result;
  }

  function primary(): Node {
    const token = significant[at++];
    switch (token?.kind) {
      case 'number':
        return { type: 'literal', value: Number(token.text) };
      case 'string':
        return { type: 'literal', value: token.text.slice(1, -1).replaceAll('""', '"') };
      case 'error':
        return { type: 'literal', value: { error: token.text.slice(token.text.lastIndexOf('#')).toUpperCase() } };
      case 'reference':
        return { type: 'reference', token };
      case 'name': {
        const word = token.text.toUpperCase();
        if (word === 'TRUE' || word === 'FALSE') return { type: 'literal', value: word === 'TRUE' };
        const name = token.sheet ? token.text.slice(token.sheet.text.length) : token.text;
        return { type: 'name', name, ...(token.sheet ? { sheet: token.sheet } : {}) };
      }
      case 'structured':
        return { type: 'structured', text: token.text };
      case 'function':
        if (token.sheet) throw new NotComputable('function of another workbook');
        return call(token.text);
      case 'open': {
        const inner = expression(0);
        expect('close');
        return inner;
      }
      case 'arrayOpen':
        return array();
      default:
        throw new NotComputable('syntax');
    }
  }

  function call(text: string): Node {
    const name = text.toUpperCase().replace(/^(_XLFN\.|_XLWS\.)+/, '');
    expect('open');
    const args: Node[] = [];
    if (peek()?.kind === 'close') {
      at++;
      return { type: 'call', name, args };
    }
    for (;;) {
      const kind = peek()?.kind;
      args.push(kind === 'comma' || kind === 'close' ? { type: 'missing' } : expression(0));
      if (peek()?.kind === 'comma') at++;
      else break;
    }
    expect('close');
    return { type: 'call', name, args };
  }

  function array(): Node {
    const rows: Value[][] = [[]];
    for (;;) {
      const minus = peek()?.kind === 'operator' && peek()!.text === '-';
      if (minus) at++;
      const item = primary();
      if (item.type !== 'literal') throw new NotComputable('array');
      rows.at(-1)!.push(minus ? -Number(item.value) : item.value);
      const token = significant[at++];
      if (token?.kind === 'semicolon') rows.push([]);
      else if (token?.kind === 'arrayClose') return { type: 'array', rows };
      else if (token?.kind !== 'comma') throw new NotComputable('array');
    }
  }
}
