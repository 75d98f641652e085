import { serialToDate } from '../serial-date.ts';
import type { FormulaFunction } from './evaluate.ts';
import { DIV_ERROR, isError, NotComputable, NUM_ERROR, toNumber, type Value } from './values.ts';

function numeric(compute: (...numbers: number[]) => Value): FormulaFunction {
  return (args, evaluation) => {
    const numbers: number[] = [];
    for (const arg of args) {
      const number = toNumber(evaluation.scalar(arg));
      if (isError(number)) return number;
      numbers.push(number);
    }
    const result = compute(...numbers);
    return typeof result === 'number' && !Number.isFinite(result) ? NUM_ERROR : result;
  };
}

/** Rounds on the decimal digits a person sees, half away from zero: 1.005 to two places is 1.01. */
function roundWith(round: (size: number) => number, value: number, digits = 0): number {
  const places = Math.trunc(digits);
  const shown = String(Number(Math.abs(value).toPrecision(15)));
  if (shown.includes('e')) throw new NotComputable('rounding of a very large or small number');
  return Math.sign(value) * Number(`${round(Number(`${shown}e${places}`))}e${-places}`);
}

/** Multiples, with the same care for what decimals look like. */
function toMultiple(round: (quotient: number) => number): (value: number, step?: number) => Value {
  return (value, step = 1) => {
    if (step === 0 || value === 0) return 0;
    if (value > 0 && step < 0) return NUM_ERROR;
    return Number((round(Number((value / step).toPrecision(14))) * step).toPrecision(15));
  };
}

const DAY_MS = 86_400_000;

/** Serial day of a calendar date, in the 1900 system with its phantom 29 February 1900. */
function dateSerial(year: number, month: number, day: number, date1904: boolean): number {
  const full = year < 1900 ? year + 1900 : year;
  const days = Date.UTC(full, month - 1, day) / DAY_MS;
  if (date1904) return days - Date.UTC(1904, 0, 1) / DAY_MS;
  const serial = days - Date.UTC(1899, 11, 30) / DAY_MS;
  return serial < 61 ? serial - 1 : serial;
}

function datePart(pick: (date: Date) => number): FormulaFunction {
  return (args, evaluation) => {
    const serial = toNumber(evaluation.scalar(args[0]!));
    if (isError(serial)) return serial;
    if (serial < 61 && !evaluation.grid.date1904) throw new NotComputable('days before March 1900');
    const date = serialToDate(serial, evaluation.grid.date1904);
    return date ? pick(date) : NUM_ERROR;
  };
}

export const MATH_FUNCTIONS: Readonly<Record<string, FormulaFunction>> = {
  ABS: numeric((value) => Math.abs(value!)),
  SIGN: numeric((value) => Math.sign(value!)),
  INT: numeric((value) => Math.floor(value!)),
  SQRT: numeric((value) => (value! < 0 ? NUM_ERROR : Math.sqrt(value!))),
  POWER: numeric((base, exponent) => (base === 0 && exponent === 0 ? NUM_ERROR : base! ** exponent!)),
  EXP: numeric((value) => Math.exp(value!)),
  LN: numeric((value) => (value! <= 0 ? NUM_ERROR : Math.log(value!))),
  LOG10: numeric((value) => (value! <= 0 ? NUM_ERROR : Math.log10(value!))),
  PI: () => Math.PI,
  MOD: numeric((value, divisor) => (divisor === 0 ? DIV_ERROR : value! - divisor! * Math.floor(value! / divisor!))),
  QUOTIENT: numeric((value, divisor) => (divisor === 0 ? DIV_ERROR : Math.trunc(value! / divisor!))),
  ROUND: numeric((value, digits) => roundWith(Math.round, value!, digits)),
  ROUNDUP: numeric((value, digits) => roundWith(Math.ceil, value!, digits)),
  ROUNDDOWN: numeric((value, digits) => roundWith(Math.floor, value!, digits)),
  TRUNC: numeric((value, digits) => roundWith(Math.floor, value!, digits)),
  CEILING: numeric(toMultiple(Math.ceil)),
  FLOOR: numeric(toMultiple(Math.floor)),
  DATE: (args, evaluation) =>
    numeric((year, month, day) => {
      const serial = dateSerial(Math.trunc(year!), Math.trunc(month!), Math.trunc(day!), evaluation.grid.date1904);
      return serial < 0 ? NUM_ERROR : serial;
    })(args, evaluation),
  YEAR: datePart((date) => date.getUTCFullYear()),
  MONTH: datePart((date) => date.getUTCMonth() + 1),
  DAY: datePart((date) => date.getUTCDate()),
};
