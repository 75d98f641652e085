import type { Token } from './tokens.ts';

/** `list`: the function takes any number of such arguments, so a range may become several. */
export type RangeArgument = 'list' | 'range';

type Rule = (argument: number) => RangeArgument | undefined;

const everyList: Rule = () => 'list';
const every: Rule = () => 'range';
const onlyFirst: Rule = (argument) => (argument === 0 ? 'range' : undefined);

/** Which arguments of a function mean a range even when one cell is given. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...['SUM', 'COUNT', 'COUNTA', 'AVERAGE', 'AVERAGEA', 'MIN', 'MAX', 'MINA', 'MAXA', 'PRODUCT', 'SUMSQ', 'MEDIAN']
    .concat(['STDEV', 'STDEV.S', 'STDEV.P', 'STDEVP', 'VAR', 'VAR.S', 'VAR.P', 'VARP', 'MODE', 'MODE.SNGL', 'GEOMEAN'])
    .map((name): [string, Rule] => [name, everyList]),
  ...['COUNTBLANK', 'SUMPRODUCT', 'CONCAT'].map((name): [string, Rule] => [name, every]),
  ['SUBTOTAL', (argument) => (argument >= 1 ? 'list' : undefined)],
  ['AGGREGATE', (argument) => (argument >= 2 ? 'range' : undefined)],
  ['TEXTJOIN', (argument) => (argument >= 2 ? 'list' : undefined)],
  ...['COUNTIF', 'LARGE', 'SMALL', 'PERCENTILE', 'QUARTILE'].map((name): [string, Rule] => [name, onlyFirst]),
  ...['COUNTIFS'].map((name): [string, Rule] => [name, (argument) => (argument % 2 === 0 ? 'range' : undefined)]),
  ...['SUMIF', 'AVERAGEIF'].map((name): [string, Rule] => [name, (argument) => (argument === 1 ? undefined : 'range')]),
  ...['SUMIFS', 'AVERAGEIFS', 'MAXIFS', 'MINIFS'].map((name): [string, Rule] => [
    name,
    (argument) => (argument === 0 || argument % 2 === 1 ? 'range' : undefined),
  ]),
  ...['RANK', 'RANK.EQ', 'RANK.AVG'].map((name): [string, Rule] => [
    name,
    (argument) => (argument === 1 ? 'range' : undefined),
  ]),
]);

interface Call {
  readonly name: string;
  argument: number;
}

/** Positions of the reference tokens that a function reads as a range, with how. */
export function rangeArguments(tokens: readonly Token[]): Map<number, RangeArgument> {
  const found = new Map<number, RangeArgument>();
  const calls: (Call | undefined)[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token.kind === 'open') {
      const before = tokens[at - 1];
      const name =
        before?.kind === 'function' ? before.text.toUpperCase().replace(/^(_XLFN\.|_XLWS\.)+/, '') : undefined;
      calls.push(name === undefined ? undefined : { name, argument: 0 });
    } else if (token.kind === 'close') calls.pop();
    else if (token.kind === 'comma') {
      const call = calls.at(-1);
      if (call) call.argument++;
    } else if (token.kind === 'reference') {
      const how = readAs(tokens, at, calls);
      if (how) found.set(at, how);
    }
  }
  return found;
}

function readAs(tokens: readonly Token[], at: number, calls: readonly (Call | undefined)[]): RangeArgument | undefined {
  const call = calls.at(-1);
  if (call && isWholeArgument(tokens, at)) {
    const how = RULES.get(call.name)?.(call.argument);
    if (how) return how;
  }
  // SUMPRODUCT((D5="x")*E5): nobody means one row by it.
  return calls.every((one) => one === undefined || one.name === 'SUMPRODUCT') && calls.some(Boolean)
    ? 'range'
    : undefined;
}

function isWholeArgument(tokens: readonly Token[], at: number): boolean {
  const before = tokens.slice(0, at).findLast((token) => token.kind !== 'space');
  const after = tokens.slice(at + 1).find((token) => token.kind !== 'space');
  return (before?.kind === 'open' || before?.kind === 'comma') && (after?.kind === 'close' || after?.kind === 'comma');
}
