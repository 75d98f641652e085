import { serialToDate } from '../serial-date.ts';
import type { Evaluation, FormulaFunction } from './evaluate.ts';
import { wildcard } from './functions-criteria.ts';
import type { Node } from './syntax.ts';
import {
  type FormulaError,
  foldCase,
  isError,
  NotComputable,
  toNumber,
  toText,
  VALUE_ERROR,
  type Value,
} from './values.ts';

type Typed<Kinds extends string> = Kinds extends `t${infer Rest}`
  ? [string, ...Typed<Rest>]
  : Kinds extends `n${infer Rest}`
    ? [number, ...Typed<Rest>]
    : [];

/** Runs `compute` on arguments turned into text (`t`) or number (`n`), in that order; stops at the first error. */
function typed<Kinds extends string>(
  kinds: Kinds,
  compute: (...values: Partial<Typed<Kinds>>) => Value,
): FormulaFunction {
  return (args, evaluation) => {
    const values: (string | number | undefined)[] = [];
    for (let i = 0; i < kinds.length; i++) {
      const arg = args[i];
      if (!arg) continue;
      const value = evaluation.scalar(arg);
      const converted: string | number | FormulaError = kinds[i] === 't' ? toText(value) : toNumber(value);
      if (isError(converted)) return converted;
      values[i] = converted;
    }
    return compute(...(values as Partial<Typed<Kinds>>));
  };
}

const joinAll: FormulaFunction = (args, evaluation) => joined(args, evaluation, '', false);

const textJoin: FormulaFunction = (args, evaluation) => {
  const separator = toText(evaluation.scalar(args[0]!));
  if (isError(separator)) return separator;
  return joined(args.slice(2), evaluation, separator, evaluation.scalar(args[1]!) !== false);
};

function joined(args: readonly Node[], evaluation: Evaluation, separator: string, skipBlank: boolean): Value {
  const parts: string[] = [];
  for (const arg of args) {
    for (const value of evaluation.matrix(arg).flat()) {
      const text = toText(value);
      if (isError(text)) return text;
      if (text !== '' || !skipBlank) parts.push(text);
    }
  }
  const text = parts.join(separator);
  return text.length > 32_767 ? VALUE_ERROR : text;
}

function substitute(text: string, from: string, to: string, which?: number): Value {
  if (from === '') return text;
  if (which === undefined) return text.replaceAll(from, () => to);
  let at = -1;
  for (let i = 0; i < Math.trunc(which); i++) {
    at = text.indexOf(from, at + 1);
    if (at < 0) return text;
  }
  return at < 0 ? VALUE_ERROR : text.slice(0, at) + to + text.slice(at + from.length);
}

function search(wanted: string, text: string, start = 1): Value {
  if (start < 1) return VALUE_ERROR;
  const folded = foldCase(text);
  if (/[*?~]/.test(wanted)) {
    const source = wildcard(foldCase(wanted)).source.slice(1, -1);
    const at = folded.slice(start - 1).search(new RegExp(source));
    return at < 0 ? VALUE_ERROR : at + start;
  }
  const at = folded.indexOf(foldCase(wanted), start - 1);
  return at < 0 ? VALUE_ERROR : at + 1;
}

const NUMBER_FORMAT = /^(#,##)?(0+)(?:\.(0+))?(%)?$/;
const DATE_FORMAT = /^yyyy([-/.年]?)(mm?)([-/.月]?)(dd?)(日?)$/i;

/** The few formats that read the same everywhere; others are left to Excel. */
function formatted(value: Value, format: string, date1904: boolean): Value {
  if (typeof value === 'string') return value;
  const number = toNumber(value);
  if (isError(number)) return number;
  const shape = NUMBER_FORMAT.exec(format);
  if (shape)
    return formattedNumber(number, shape[2]!.length, shape[3]?.length ?? 0, shape[1] !== undefined, shape[4] === '%');
  const date = DATE_FORMAT.exec(format);
  const day = number < 61 ? undefined : serialToDate(number, date1904);
  if (!date || !day) throw new NotComputable(`format ${format}`);
  const month = String(day.getUTCMonth() + 1).padStart(date[2]!.length, '0');
  return `${day.getUTCFullYear()}${date[1]}${month}${date[3]}${String(day.getUTCDate()).padStart(date[4]!.length, '0')}${date[5]}`;
}

function formattedNumber(value: number, least: number, places: number, grouped: boolean, percent: boolean): string {
  const scaled = percent ? value * 100 : value;
  const shown = String(Number(Math.abs(scaled).toPrecision(15)));
  if (shown.includes('e')) throw new NotComputable('format of a very large or small number');
  const rounded = Number(`${Math.round(Number(`${shown}e${places}`))}e-${places}`);
  const [whole = '0', part] = rounded.toFixed(places).split('.');
  const padded = whole.padStart(least, '0');
  const digits = grouped ? padded.replace(/\B(?=(?:\d{3})+$)/g, ',') : padded;
  return `${scaled < 0 && rounded !== 0 ? '-' : ''}${digits}${part ? `.${part}` : ''}${percent ? '%' : ''}`;
}

export const TEXT_FUNCTIONS: Readonly<Record<string, FormulaFunction>> = {
  CONCATENATE: joinAll,
  CONCAT: joinAll,
  TEXTJOIN: textJoin,
  LEFT: typed('tn', (text, length) => (length! < 0 ? VALUE_ERROR : text!.slice(0, Math.trunc(length ?? 1)))),
  RIGHT: typed('tn', (text, length) => {
    const count = Math.trunc(length ?? 1);
    if (count < 0) return VALUE_ERROR;
    return count === 0 ? '' : text!.slice(-count);
  }),
  MID: typed('tnn', (text, start, length) => {
    if (start! < 1 || length! < 0) return VALUE_ERROR;
    return text!.slice(Math.trunc(start!) - 1, Math.trunc(start!) - 1 + Math.trunc(length!));
  }),
  LEN: typed('t', (text) => text!.length),
  TRIM: typed('t', (text) => text!.replace(/ +/g, ' ').replace(/^ | $/g, '')),
  UPPER: typed('t', (text) => text!.toUpperCase()),
  LOWER: typed('t', (text) => text!.toLowerCase()),
  EXACT: typed('tt', (a, b) => a === b),
  REPT: typed('tn', (text, times) =>
    times! < 0 || text!.length * times! > 32_767 ? VALUE_ERROR : text!.repeat(Math.trunc(times!)),
  ),
  SUBSTITUTE: typed('tttn', (text, from, to, which) => substitute(text!, from!, to!, which)),
  FIND: typed('ttn', (wanted, text, start) => {
    const from = start ?? 1;
    const at = from < 1 ? -1 : text!.indexOf(wanted!, from - 1);
    return at < 0 ? VALUE_ERROR : at + 1;
  }),
  SEARCH: typed('ttn', (wanted, text, start) => search(wanted!, text!, start)),
  VALUE: (args, evaluation) => toNumber(evaluation.scalar(args[0]!)),
  TEXT: (args, evaluation) => {
    const format = toText(evaluation.scalar(args[1]!));
    return isError(format) ? format : formatted(evaluation.scalar(args[0]!), format, evaluation.grid.date1904);
  },
};
