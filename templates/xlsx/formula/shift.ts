import type { AxisMap, Band } from '../expand/axis.ts';
import { MAX_COLUMNS, MAX_ROWS } from '../limits.ts';
import { type RangeArgument, rangeArguments } from './range-arguments.ts';
import type { Corner } from './reference.ts';
import {
  type PlainToken,
  printTokens,
  type ReferenceToken,
  referenceToken,
  type SheetPrefix,
  sheetPrefixOf,
  type Token,
  tokenize,
} from './tokens.ts';

/** One expansion of rows, or of columns, in any number of sheets. */
export interface Expansion {
  readonly axis: 'row' | 'column';
  /** The map of a sheet by name (any case); undefined when nothing moves there. */
  mapOf(sheet: string): AxisMap | undefined;
  /** The sheets that a 3-D reference spans, in tab order. */
  sheetsBetween(first: string, last: string): readonly string[];
  /** Told of a formula whose range had to be widened because it took some lines of a record only. */
  onWidened?(place: Place): void;
}

/** Where a formula stands before the expansion. */
export interface Place {
  readonly sheet: string;
  /** Absent for formulas that stand in no cell: defined names, charts. */
  readonly row?: number;
  readonly column?: number;
}

/** A shifted formula; inside a band its rolling references are counted from the row (column) it is copied to. */
export interface Shifted {
  readonly tokens: readonly Token[];
  readonly changed: boolean;
}

/** Excel's own limit of arguments: more sample rows than this are not listed one by one. */
const MOST_ARGUMENTS = 250;

/**
 * Shifts a formula through an expansion.
 *
 * Outside the sample a range that touches the sample grows to all its copies, and a single cell that an aggregate
 * function takes as a range (`SUM(E5)`) becomes one. Inside the sample a relative reference to the same record or
 * to the one before follows its copy, as filling down would; an absolute one, and one to any other row, is a
 * constant and stays with what it names.
 */
export function shiftTokens(
  tokens: readonly Token[],
  place: Place,
  expansion: Expansion,
  readingOf?: (token: ReferenceToken) => Reading,
): Shifted {
  let changed = false;
  let widened = false;
  const out: Token[] = [];
  const asRange = rangeArguments(tokens);
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== 'reference' || token.sheet?.external) {
      out.push(token);
      continue;
    }
    const role: Role = isColon(tokens[at - 1]) ? 'end' : isColon(tokens[at + 1]) ? 'start' : 'alone';
    const reading = readingOf?.(token) ?? (role === 'alone' ? (asRange.get(at) ?? 'place') : 'place');
    const result = token.sheet?.last
      ? shiftSpan(token, token.sheet, place, expansion, reading)
      : shiftOne(token, place, expansion, reading, role);
    widened ||= result.widened;
    changed ||= result.tokens.length !== 1 || result.tokens[0] !== token;
    out.push(...result.tokens);
  }
  if (widened) expansion.onWidened?.(place);
  return { tokens: changed ? out : tokens, changed };
}

/** {@link shiftTokens} for a formula that is not copied; undefined when it stays as it is. */
export function shiftFormula(
  formula: string,
  place: Place,
  expansion: Expansion,
  readingOf?: (token: ReferenceToken) => Reading,
): string | undefined {
  const shifted = shiftTokens(tokenize(formula), place, expansion, readingOf);
  if (!shifted.changed) return undefined;
  const map = expansion.mapOf(place.sheet);
  const index = expansion.axis === 'row' ? place.row : place.column;
  return printTokens(shifted.tokens, index === undefined ? 0 : (map?.first(index) ?? index));
}

/**
 * What a reference to the sample means outside of it: its first copy (`place`; for a range from the first copy to the
 * last), all copies as a `range`, the same as a `list` of ranges where other lines lie between, or `first` for a range
 * that is to stay with its first copy.
 */
export type Reading = RangeArgument | 'place' | 'first';

type Role = 'alone' | 'start' | 'end';
interface Result {
  readonly tokens: readonly Token[];
  readonly widened: boolean;
}

function isColon(token: Token | undefined): boolean {
  return token?.kind === 'operator' && token.text === ':';
}

function keep(token: Token): Result {
  return { tokens: [token], widened: false };
}

function shiftOne(token: ReferenceToken, place: Place, expansion: Expansion, reading: Reading, role: Role): Result {
  const { axis } = expansion;
  const asRange = reading === 'range' || reading === 'list';
  if (token.shape === (axis === 'row' ? 'columns' : 'rows')) return keep(token);
  const sheet = token.sheet?.first ?? place.sheet;
  const map = expansion.mapOf(sheet);
  const own = ownBand(place, expansion);
  if (!map && !own) return keep(token);

  const from = along(token.from, axis);
  const to = along(token.to, axis);
  const fromRolls = own !== undefined && rolls(from, to, own, sameSheet(sheet, place.sheet), map);
  const toRolls = own !== undefined && rolls(to, from, own, sameSheet(sheet, place.sheet), map);
  const ends = mapEnds(from.index, to.index, map, reading, token.shape === 'cell', role);

  const rolled = (index: number): number | undefined => {
    const target = map ? map.first(index) : index;
    return target === undefined ? undefined : target - own!.first;
  };
  const newFrom = fromRolls ? rolled(from.index) : ends?.from;
  const newTo = toRolls ? rolled(to.index) : ends?.to;
  if (newFrom === undefined || newTo === undefined) return keep(brokenReference(token.sheet));
  const rolling = fromRolls || toRolls ? { axis, from: fromRolls, to: toRolls } : undefined;
  if (asRange && !rolling && from.index === to.index && newFrom !== newTo)
    return spread(token, from.index, map!, axis, reading === 'list');
  if (!rolling && newFrom === from.index && newTo === to.index) return keep(token);
  return keep(moved(token, axis, token.shape, newFrom, newTo, rolling));
}

/** The band that the formula itself stands in, with the first place of its row. */
interface OwnBand {
  readonly band: Band;
  readonly index: number;
  readonly first: number;
}

function ownBand(place: Place, expansion: Expansion): OwnBand | undefined {
  const index = expansion.axis === 'row' ? place.row : place.column;
  if (index === undefined) return undefined;
  const map = expansion.mapOf(place.sheet);
  const band = map?.bandAt(index);
  const first = map?.first(index);
  return band && first !== undefined ? { band, index, first } : undefined;
}

interface Coordinate {
  readonly index: number;
  readonly fixed: boolean;
}

function along(corner: Corner, axis: 'row' | 'column'): Coordinate {
  return axis === 'row'
    ? { index: corner.row, fixed: corner.rowFixed }
    : { index: corner.column, fixed: corner.columnFixed };
}

/** Whether a coordinate follows the copies of the sample that the formula stands in. */
function rolls(
  mine: Coordinate,
  other: Coordinate,
  own: OwnBand,
  samePlace: boolean,
  map: AxisMap | undefined,
): boolean {
  if (mine.fixed) return false;
  const { band, index } = own;
  if (samePlace) {
    return (
      mine.index >= band.start - band.unit &&
      mine.index < band.start + band.size &&
      mine.index >= 1 &&
      map?.first(mine.index) !== undefined
    );
  }
  // The same row of another sheet: two lists side by side.
  return mine.index === index && other.index === index && !other.fixed;
}

function mapEnds(
  from: number,
  to: number,
  map: AxisMap | undefined,
  reading: Reading,
  single: boolean,
  role: Role,
): { from: number; to: number } | undefined {
  if (!map) return { from, to };
  const low = Math.min(from, to);
  const high = Math.max(from, to);
  const range = map.range(low, high);
  if (!range) return undefined;
  if (reading === 'first') {
    const [first, last] = [map.first(from), map.first(to)];
    return first === undefined || last === undefined ? undefined : { from: first, to: last };
  }
  if (single && reading === 'place') {
    const at = role === 'end' ? range.to : map.first(from);
    return at === undefined ? undefined : { from: at, to: at };
  }
  return from <= to ? range : { from: range.to, to: range.from };
}

/** One row (column) that stands for a range: all its copies, one by one where other rows lie between them. */
function spread(token: ReferenceToken, index: number, map: AxisMap, axis: 'row' | 'column', listable: boolean): Result {
  const band = map.bandAt(index)!;
  const ends = map.range(index, index)!;
  const gapless = band.unit === 1;
  if (gapless || !listable || band.count / band.unit > MOST_ARGUMENTS) {
    return {
      tokens: [moved(token, axis, token.shape === 'cell' ? 'area' : token.shape, ends.from, ends.to)],
      widened: !gapless,
    };
  }
  const tokens: Token[] = [];
  for (const image of map.images(index)) {
    if (tokens.length > 0) tokens.push({ kind: 'comma', text: ',' });
    tokens.push(moved(token, axis, token.shape, image, image));
  }
  return { tokens, widened: false };
}

function moved(
  token: ReferenceToken,
  axis: 'row' | 'column',
  shape: ReferenceToken['shape'],
  from: number,
  to: number,
  rolling?: ReferenceToken['rolling'],
): Token {
  const limit = axis === 'row' ? MAX_ROWS : MAX_COLUMNS;
  const off = (index: number, isRolling: boolean | undefined): boolean => !isRolling && (index < 1 || index > limit);
  if (off(from, rolling?.from) || off(to, rolling?.to)) return brokenReference(token.sheet);
  const move = (corner: Corner, index: number): Corner =>
    axis === 'row' ? { ...corner, row: index } : { ...corner, column: index };
  return referenceToken({
    sheet: token.sheet,
    shape,
    from: move(token.from, from),
    to: move(token.to, to),
    ...(rolling ? { rolling } : {}),
  });
}

function brokenReference(sheet: SheetPrefix | undefined): PlainToken {
  return { kind: 'error', text: `${sheet?.text ?? ''}#REF!` };
}

function sameSheet(a: string, b: string): boolean {
  return a === b || a.toLowerCase() === b.toLowerCase();
}

/** A 3-D reference: kept when its sheets move alike, else split into runs of sheets that do. */
function shiftSpan(
  token: ReferenceToken,
  span: SheetPrefix,
  place: Place,
  expansion: Expansion,
  asked: Reading,
): Result {
  const sheets = expansion.sheetsBetween(span.first, span.last!);
  const elsewhere: Place = { sheet: place.sheet };
  const reading = asked === 'list' ? 'range' : asked;
  const shifted = sheets.map((sheet) =>
    shiftOne({ ...token, sheet: sheetPrefixOf(sheet) }, elsewhere, expansion, reading, 'alone'),
  );
  const bodies = shifted.map(({ tokens: [only] }) => (only?.kind === 'reference' ? bodyOf(only) : '#REF!'));
  const widened = shifted.some((result) => result.widened);
  if (bodies.every((body) => body === bodyOf(token))) return keep(token);
  const tokens: Token[] = [];
  for (let start = 0; start < sheets.length; ) {
    let end = start;
    while (end + 1 < sheets.length && bodies[end + 1] === bodies[start]) end++;
    if (tokens.length > 0) tokens.push({ kind: 'comma', text: ',' });
    const only = shifted[start]!.tokens[0]!;
    const sheet = start === end ? sheetPrefixOf(sheets[start]!) : spanPrefix(sheets[start]!, sheets[end]!);
    tokens.push(only.kind === 'reference' ? referenceToken({ ...only, sheet }) : brokenReference(sheet));
    start = end + 1;
  }
  return { tokens, widened };
}

function bodyOf(token: ReferenceToken): string {
  return referenceToken({ shape: token.shape, from: token.from, to: token.to }).text;
}

function spanPrefix(first: string, last: string): SheetPrefix {
  const plain = sheetPrefixOf(first).text === `${first}!` && sheetPrefixOf(last).text === `${last}!`;
  const name = `${first}:${last}`;
  return { text: plain ? `${name}!` : `'${name.replaceAll("'", "''")}'!`, first, last, external: false };
}
