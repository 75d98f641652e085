import type { Catalogue, Element } from '../../core/catalogue.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { dayOfSecond, secondOf } from '../calendar.ts';
import { chance, mix } from '../random.ts';
import type { Timeline } from '../timeline.ts';
import type { Rhythm } from '../truth/rhythm.ts';
import { createDistortion, type Distortion, type FaultParts, RATES, staleRate, type Value } from './faults.ts';

/** A row of the truth, by catalogue field. */
export type TruthRow = { readonly [field: string]: Value };

/** Where a source finds a row on a day: the day whose truth it shows, and the day on which the row ended (0: it goes on). */
export interface Standing {
  readonly on: number;
  readonly ended: number;
}

/** What every dataset has: raw columns, their catalogue fields, and how this source writes them. */
export interface TableShape {
  readonly source: string;
  readonly dataset: string;
  readonly entity: string;
  /** Key field of the catalogue. */
  readonly key: string;
  /** Raw column → catalogue field. */
  readonly columns: Readonly<Record<string, string>>;
  readonly codes: 'standard' | 'label';
  readonly dates: 'plain' | 'compact';
  /** The column that says when the row was observed. */
  readonly observed: { readonly column: string; readonly form: 'stamp' | 'compactTime' | 'time' | 'date' };
}

/** A register: rows that live, change and end; known to the source with a lag, or not at all. */
export interface TableSpec extends TableShape {
  /** Days from a change to its appearance here. */
  readonly lagDays: readonly [number, number];
  /** How many rows there may be by the end of a day. */
  count(day: number): number;
  keyOf(index: number): string;
  /** The day from which a row can be known. */
  first(index: number): number;
  standing(index: number, day: number): Standing | null;
  truth(index: number, day: number): TruthRow | null;
  /** Last day up to `day` on which a shown field changed. */
  lastChange(index: number, day: number): number;
  /** When rows are looked at again; absent: every 16 months. */
  readonly rhythm?: Rhythm;
  /** Columns that mark an ended row; absent: the source never hears of ends. */
  endMark?(ended: boolean): JsonObject;
  /** Columns that are not of the catalogue: the source's own numbers. */
  extra?(index: number): JsonObject;
}

/** A place in the order of (observed second, row). */
export type Position = number;

export interface Row {
  readonly second: number;
  readonly values: JsonObject;
}

/** One dataset of one source: a distorted view of the truth, in the order in which it was observed. */
export interface Table {
  readonly source: string;
  readonly dataset: string;
  readonly entity: string;
  /** Raw columns in order, with the source's own ones. */
  readonly columns: readonly string[];
  /** All rows that the source has by now, in order. */
  positions(): Float64Array;
  row(position: Position): Row;
  keyOf(position: Position): string;
  /** Takes a corrected value for a raw column or catalogue field; false when there is no such row or field. */
  correct(key: string, field: string, value: Value, second: number): boolean;
}

/** Rows and their twins that fit beside a second in a double. */
const ROW_SPACE = 2_097_152;

export function positionAt(second: number): Position {
  return second * ROW_SPACE;
}

export function secondAt(position: Position): number {
  return Math.floor(position / ROW_SPACE);
}

/** Index of the first position that is not before `from`. */
export function lowerBound(positions: Float64Array, from: Position): number {
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (positions[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface TableParts extends FaultParts {
  readonly seed: number;
  readonly base: number;
  readonly timeline: Pick<Timeline, 'day' | 'horizon'>;
  /** The rhythm of a dataset that has none of its own. */
  readonly rhythmOf: (salt: number, rate: number) => Rhythm;
}

interface Correction {
  readonly second: number;
  readonly values: ReadonlyMap<string, Value>;
}

/**
 * Serves a register. Per row: stale, twinned, late by its lag; per field: missing, wrong, with a spoilt check digit; all
 * of it hashes of the row, so that the same question gets the same answer.
 */
export function createTable(parts: TableParts, spec: TableSpec, tag: number): Table {
  const { timeline } = parts;
  const salt = mix(parts.seed, tag);
  const writer = createWriter(parts, spec);
  const rhythm = spec.rhythm ?? parts.rhythmOf(salt, writer.staleRate);
  const corrections = new Map<number, Correction>();
  const rowHash = (index: number) => mix(mix(salt, index), 16);
  const lagOf = (index: number) =>
    spec.lagDays[0] + (mix(mix(salt, index), 11) % (spec.lagDays[1] - spec.lagDays[0] + 1));
  const secondIn = (index: number, day: number) => secondOf(day) + 28_800 + (mix(mix(salt, index), 12) % 36_000);

  /** The day as of which the source knows the row by the end of `day`; 0: it does not know it. */
  function known(index: number, day: number): number {
    const lag = lagOf(index);
    const looked = rhythm.last(index, day);
    const first = spec.first(index);
    if (first > looked && first + lag > day) return 0;
    let asOf = first > looked ? first + lag : looked;
    const neglected = rhythm.isStale(index) && asOf < parts.base - 31;
    if (!neglected) {
      const change = spec.lastChange(index, day - lag);
      if (change > asOf) asOf = change + lag;
    }
    const standing = spec.standing(index, asOf);
    if (!standing) return 0;
    return standing.ended > 0 ? Math.min(asOf, standing.ended + lag) : asOf;
  }

  /** Half of the twins are copies, half are older versions. */
  const hasTwin = (index: number) => chance(mix(mix(salt, index), 13), RATES.duplicate);
  const twinAge = (index: number) => {
    const hash = mix(mix(salt, index), 14);
    return hash % 2 === 0 ? 0 : 1 + (mix(hash, 1) % 25);
  };

  let memo: { day: number; positions: Float64Array } | undefined;
  function positions(): Float64Array {
    const day = timeline.day();
    if (memo?.day === day) return memo.positions;
    const count = spec.count(day);
    const list = new Float64Array(count * 2);
    let length = 0;
    for (let index = 0; index < count; index++) {
      const asOf = known(index, day);
      if (asOf === 0) continue;
      const second = Math.max(secondIn(index, asOf), corrections.get(index)?.second ?? 0);
      list[length++] = positionAt(second) + index * 2;
      if (hasTwin(index)) list[length++] = positionAt(secondIn(index, asOf - twinAge(index))) + index * 2 + 1;
    }
    memo = { day, positions: list.slice(0, length).sort() };
    return memo.positions;
  }

  const indexOf = (position: Position) => (position % ROW_SPACE) >> 1;
  let indexByKey: Map<string, number> | undefined;
  return {
    source: spec.source,
    dataset: spec.dataset,
    entity: spec.entity,
    columns: [
      ...Object.keys(spec.extra?.(0) ?? {}),
      ...Object.keys(spec.columns),
      ...Object.keys(spec.endMark?.(false) ?? {}),
      spec.observed.column,
    ],
    positions,
    keyOf: (position) => spec.keyOf(indexOf(position)),
    row: (position) => {
      const index = indexOf(position);
      const second = secondAt(position);
      const asOf = dayOfSecond(second);
      const standing = spec.standing(index, asOf) ?? spec.standing(index, timeline.day())!;
      const isTwin = position % 2 === 1;
      const values: Record<string, Json> = {};
      writer.write(
        values,
        spec.truth(index, standing.on)!,
        rowHash(index),
        isTwin ? undefined : corrections.get(index),
        second,
      );
      Object.assign(values, spec.extra?.(index), spec.endMark?.(standing.ended > 0));
      values[spec.observed.column] = writer.observed(second);
      return { second, values };
    },
    correct: (key, field, value, second) => {
      const name = spec.columns[field] ?? Object.values(spec.columns).find((each) => each === field);
      if (name === undefined || name === spec.key) return false;
      indexByKey ??= new Map(
        Array.from({ length: spec.count(timeline.day()) }, (_, index) => [spec.keyOf(index), index]),
      );
      const index = indexByKey.get(key);
      if (index === undefined) return false;
      corrections.set(index, {
        second,
        values: new Map([...(corrections.get(index)?.values ?? []), [name, writer.typed(name, value)]]),
      });
      memo = undefined;
      return true;
    },
  };
}

/** Happenings that take steps (a case): the row shows the last step; a stale one is a step behind. */
export interface EventSpec extends TableShape {
  countTo(day: number): number;
  keyOf(ordinal: number): string;
  lastStep(ordinal: number, second: number): number;
  truth(ordinal: number, second: number): TruthRow | null;
}

export function createEventTable(parts: TableParts, spec: EventSpec, tag: number): Table {
  const { timeline } = parts;
  const salt = mix(parts.seed, tag);
  const writer = createWriter(parts, spec);
  const hashOf = (ordinal: number) => mix(salt, ordinal);
  let memo: { minute: number; positions: Float64Array } | undefined;
  return {
    source: spec.source,
    dataset: spec.dataset,
    entity: spec.entity,
    columns: [...Object.keys(spec.columns), spec.observed.column],
    keyOf: (position) => spec.keyOf((position % ROW_SPACE) >> 1),
    positions: () => {
      const horizon = timeline.horizon();
      const minute = Math.floor(horizon / 60);
      if (memo?.minute === minute) return memo.positions;
      const count = spec.countTo(dayOfSecond(horizon));
      const list = new Float64Array(count * 2);
      let length = 0;
      for (let ordinal = 0; ordinal < count; ordinal++) {
        let step = spec.lastStep(ordinal, horizon - 1);
        if (step === 0) continue;
        if (chance(mix(hashOf(ordinal), 1), writer.staleRate)) step = spec.lastStep(ordinal, step - 1) || step;
        list[length++] = positionAt(step) + ordinal * 2;
        if (chance(mix(hashOf(ordinal), 2), RATES.duplicate)) list[length++] = positionAt(step) + ordinal * 2 + 1;
      }
      memo = { minute, positions: list.slice(0, length).sort() };
      return memo.positions;
    },
    row: (position) => {
      const ordinal = (position % ROW_SPACE) >> 1;
      const second = secondAt(position);
      const values: Record<string, Json> = {};
      writer.write(values, spec.truth(ordinal, second)!, mix(hashOf(ordinal), 16), undefined, second);
      values[spec.observed.column] = writer.observed(second);
      return { second, values };
    },
    correct: () => false,
  };
}

/** Writes rows of truth the way a dataset does, with its faults. */
export interface Writer {
  readonly staleRate: number;
  /** Adds the columns to `values`. */
  write(
    values: Record<string, Json>,
    truth: TruthRow,
    rowHash: number,
    correction: Correction | undefined,
    second: number,
  ): void;
  observed(second: number): string;
  /** A value that came as text, in the type of its field. */
  typed(field: string, value: Value): Value;
}

export function createWriter(parts: FaultParts, shape: TableShape): Writer {
  const { calendar, catalogue } = parts;
  const elements = new Map(catalogue.entity(shape.entity).elements.map((element) => [element.field, element]));
  const element = (field: string): Element => {
    const found = elements.get(field);
    if (!found) throw new Error(`${shape.entity} has no field ${field}`);
    return found;
  };
  const plan = Object.entries(shape.columns).map(([column, field], at) => ({
    column,
    field,
    distort: createDistortion(parts, shape.source, element(field), field === shape.key, at + 1) satisfies Distortion,
    form: formOf(catalogue, shape, element(field)),
  }));
  const fields = Object.values(shape.columns).filter((field) => field !== shape.key);
  const { form } = shape.observed;
  return {
    staleRate: staleRate(shape.source, fields.map(element)),
    observed: (second) => (form === 'date' ? calendar.date(dayOfSecond(second)) : calendar[form](second)),
    typed: (field, value) => {
      const { type } = element(field);
      return typeof value === 'string' && (type === 'integer' || type === 'decimal') ? Number(value) : value;
    },
    write: (values, truth, rowHash, correction, second) => {
      for (const { column, field, distort, form: spell } of plan) {
        const right = truth[field] ?? null;
        const repaired = correction?.values.get(field);
        const value =
          repaired === undefined ? distort(right, rowHash) : second === correction?.second ? repaired : right;
        if (value === undefined) {
          // Half of the missing values are empty, half are not there at all.
          if ((rowHash & 1) === 0) values[column] = null;
          continue;
        }
        values[column] = value === null ? null : spell(value);
      }
    },
  };
}

/** How a value is spelt by this source. */
function formOf(
  catalogue: Catalogue,
  shape: TableShape,
  element: Element,
): (value: string | number) => string | number {
  if (element.type === 'code' && shape.codes === 'standard') {
    const { values } = catalogue.codeList(element.codes ?? '');
    return (value) => values.get(String(value)) ?? value;
  }
  if (element.type === 'date' && shape.dates === 'compact') return (value) => String(value).replaceAll('-', '');
  if (element.type === 'timestamp' && shape.dates === 'compact') {
    return (value) => String(value).slice(0, 19).replaceAll(/[-:T]/g, '');
  }
  return (value) => value;
}
