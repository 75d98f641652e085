import type { Catalogue, Element } from '../../core/catalogue.ts';
import { creditCodeCheckDigit, idNumberCheckDigit } from '../../core/checks.ts';
import type { Calendar } from '../calendar.ts';
import { dayOf } from '../calendar.ts';
import { between, chance, mix, pick } from '../random.ts';
import { GIVEN_MALE, INSURANCES, LAYOUTS, OCCUPATIONS, PROPERTY_COMPANIES } from '../vocabulary.ts';

/** The fixed rates of city/README.md. */
export const RATES = {
  wrong: { authority: 0.005, other: 0.03 },
  stale: { authority: 0.02, other: 0.05 },
  missing: 0.01,
  duplicate: 0.01,
  badCheckDigit: 0.005,
  lateDelivery: 0.02,
} as const;

export type Value = string | number | null;

/** What a source does to one field of one row: the same each time it is asked. */
export type Distortion = (value: Value, rowHash: number) => Value | undefined;

export interface FaultParts {
  readonly catalogue: Catalogue;
  readonly calendar: Calendar;
  readonly gridPaths: readonly string[];
}

/**
 * The distortion of a field in a source: `undefined` is missing, anything else what the source believes.
 * Values that rightly are not there (a date of death) stay away.
 */
export function createDistortion(
  parts: FaultParts,
  source: string,
  element: Element,
  isKey: boolean,
  column: number,
): Distortion {
  const wrongRate = isKey ? 0 : element.sources[0] === source ? RATES.wrong.authority : RATES.wrong.other;
  const missingRate = isKey ? 0 : RATES.missing;
  const checked = element.check === 'idNumber' || element.check === 'creditCode';
  const mistake = mistakeOf(parts, element);
  return (value, rowHash) => {
    if (value === null) return null;
    const roll = mix(rowHash, column);
    if (chance(roll, missingRate)) return undefined;
    if (checked && chance(mix(roll, 1), RATES.badCheckDigit)) return spoilCheckDigit(String(value), roll);
    if (chance(mix(roll, 2), wrongRate)) return mistake(value, mix(roll, 3));
    return value;
  };
}

type Mistake = (value: string | number, hash: number) => Value;

const WORDS: Readonly<Record<string, readonly string[]>> = {
  occupation: OCCUPATIONS,
  medical_insurance: INSURANCES,
  layout: LAYOUTS.map((layout) => layout.text),
  property_company: PROPERTY_COMPANIES,
  household_type: ['家庭户', '集体户', '单人户'],
};

/** Plausible mistakes of a clerk, by the kind of field. */
function mistakeOf({ catalogue, calendar, gridPaths }: FaultParts, element: Element): Mistake {
  if (element.type === 'code') {
    const values = [...catalogue.codeList(element.codes ?? '').values.keys()];
    return (value, hash) => other(values, String(value), hash);
  }
  if (element.check === 'idNumber') return (value, hash) => otherId(String(value), hash);
  if (element.check === 'phone') return (value, hash) => otherDigit(String(value), hash, 3);
  if (element.type === 'date') {
    return (value, hash) => {
      const day = dayOf(String(value));
      return calendar.date(chance(hash, 0.5) ? day - 365 : day - between(mix(hash, 1), 1, 28));
    };
  }
  if (element.type === 'timestamp') return (value, hash) => otherMinute(String(value), hash);
  if (element.type === 'integer') {
    return (value, hash) =>
      Number(value) > 0 && chance(hash, 0.5) ? Number(value) - 1 : Number(value) + between(mix(hash, 1), 1, 2);
  }
  if (element.type === 'decimal') {
    if (element.field === 'lng' || element.field === 'lat')
      return (value, hash) => Math.round((Number(value) + 0.001 + (hash % 9) * 0.001) * 1e6) / 1e6;
    return (value, hash) => Math.round(Number(value) * (chance(hash, 0.5) ? 1.25 : 0.8) * 100) / 100 + 1;
  }
  if (element.field === 'grid_path') return (value, hash) => other(gridPaths, String(value), hash);
  const words = WORDS[element.field];
  if (words) return (value, hash) => other(words, String(value), hash);
  return (value, hash) => otherText(String(value), hash);
}

function other(list: readonly string[], value: string, hash: number): string {
  const at = Math.floor((hash / 4_294_967_296) * list.length);
  const drawn = list[at]!;
  return drawn === value ? list[(at + 1) % list.length]! : drawn;
}

/** A typing slip: one digit where there are digits, else the last character. */
function otherText(value: string, hash: number): string {
  if (/\d/.test(value)) return otherDigit(value, hash, 0);
  const last = value.at(-1)!;
  const next = pick(hash, GIVEN_MALE);
  return value.slice(0, -1) + (next === last ? '某' : next);
}

function otherDigit(value: string, hash: number, from: number): string {
  const places: number[] = [];
  for (let at = from; at < value.length; at++) if (value[at]! >= '0' && value[at]! <= '9') places.push(at);
  const at = pick(hash, places);
  const digit = (Number(value[at]) + 1 + (mix(hash, 1) % 8)) % 10;
  return value.slice(0, at) + digit + value.slice(at + 1);
}

function otherId(value: string, hash: number): string {
  const first17 = `${value.slice(0, 14)}${String((Number(value.slice(14, 17)) + 2 * between(hash, 1, 200)) % 1000).padStart(3, '0')}`;
  return first17 + idNumberCheckDigit(first17);
}

function otherMinute(value: string, hash: number): string {
  const minute = (Number(value.slice(14, 16)) + 1 + (hash % 20)) % 60;
  return `${value.slice(0, 14)}${String(minute).padStart(2, '0')}${value.slice(16)}`;
}

function spoilCheckDigit(value: string, hash: number): string {
  const digits = value.length === 18 ? '0123456789' : '01';
  const right = /^\d{17}[\dX]$/.test(value) ? idNumberCheckDigit(value) : creditCodeCheckDigit(value);
  return value.slice(0, 17) + other([...digits], right, hash);
}

/** A dataset is looked after as an authority does when it is the first source of most of its fields. */
export function staleRate(source: string, elements: readonly Element[]): number {
  const authority = elements.filter((element) => element.sources[0] === source).length;
  return authority * 2 > elements.length ? RATES.stale.authority : RATES.stale.other;
}
