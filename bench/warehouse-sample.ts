import type { Catalogue, Element } from '../core/catalogue.ts';
import { creditCodeCheckDigit, idNumberCheckDigit } from '../core/checks.ts';
import type { JsonObject } from '../core/json.ts';
import { type Contract, type ContractColumn, datasetName } from '../warehouse/contract.ts';

/** How often a source errs. */
export interface Faults {
  readonly wrong: number;
  readonly stale: number;
  readonly missing: number;
  readonly badCheck: number;
  readonly duplicate: number;
}

export const AUTHORITY_FAULTS: Faults = { wrong: 0.005, stale: 0.02, missing: 0.01, badCheck: 0.005, duplicate: 0.01 };
export const OTHER_FAULTS: Faults = { wrong: 0.03, stale: 0.05, missing: 0.01, badCheck: 0.005, duplicate: 0.01 };
export const NO_FAULTS: Faults = { wrong: 0, stale: 0, missing: 0, badCheck: 0, duplicate: 0 };

export interface SampleOptions {
  readonly catalogue: Catalogue;
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly seed: number;
  /** The civil day on which the sources are asked, `2026-11-22`. */
  readonly today: string;
  /** Share of the entities that a dataset knows. */
  readonly coverage: (contract: Contract) => number;
  readonly faults: (contract: Contract, element: Element | null) => Faults;
}

/** A made-up world, entity by entity, and what each source says of it; the same for the same seed. */
export interface Sample {
  /** True value of a field today, as marts spell it; null where an optional field is blank. */
  truth(entity: string, index: number, field: string): string | null;
  key(entity: string, index: number): string;
  /** What a dataset sends for the entities `from` … `to - 1`: raw records, faults and duplicates included. */
  records(dataset: string, from: number, to: number): JsonObject[];
}

const DAY_MS = 86_400_000;

export function makeSample(options: SampleOptions): Sample {
  const { catalogue, contracts, seed } = options;
  const todayMs = Date.parse(`${options.today}T00:00:00Z`);

  const ranges = new Map<string, { min: number; max: number }>();
  for (const { entity, columns } of contracts.values()) {
    for (const { field, type, min = type === 'integer' ? 0 : 1, max = 1_000 } of columns) {
      const name = `${entity}.${field}`;
      const other = ranges.get(name) ?? { min, max };
      ranges.set(name, { min: Math.max(min, other.min), max: Math.min(max, other.max) });
    }
  }

  /** 0 ≤ x < 1, decided by the seed and the words. */
  function chance(...words: (string | number)[]): number {
    let h = 2166136261 ^ seed;
    for (const word of words) {
      const text = String(word);
      for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
      h = Math.imul(h ^ 31, 16777619);
    }
    h = Math.imul(h ^ (h >>> 15), 2246822507);
    h = Math.imul(h ^ (h >>> 13), 3266489909);
    return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
  }

  function key(entityName: string, index: number): string {
    const entity = catalogue.entity(entityName);
    return entity.key.map((field) => keyValue(entityName, field, index)).join('|');
  }

  function keyValue(entityName: string, field: string, index: number): string {
    const element = catalogue.entity(entityName).elements.find((one) => one.field === field)!;
    if (element.check === 'idNumber') return idNumber(index);
    if (element.check === 'creditCode') return creditCode(entityName === 'tax_month' ? Math.floor(index / 10) : index);
    if (element.type === 'timestamp') return civil(todayMs - 300_000 * (1 + (index % 200_000)));
    if (element.type === 'code') return pickCode(element, index % 3);
    if (field === 'month') return `2026-${two(1 + (index % 10))}`;
    return `${field}-${String(index).padStart(7, '0')}`;
  }

  function pickCode(element: Element, n: number): string {
    const values = [...catalogue.codeList(element.codes!).values.keys()];
    return values[n % values.length]!;
  }

  /** The value of a field in one of its lives: 0 is today's, 1 the one before the last change. */
  function lifeValue(element: Element, index: number, life: number): string | null {
    const { entity, field } = element;
    const at = chance(entity, field, index, life);
    if (element.optional && chance(entity, field, index, 'blank') < 0.8) return null;
    if (field === 'month') return `2026-${two(1 + (index % 10))}`;
    if (field === 'grid_path') return sampleGrid(index);
    if (catalogue.entity(entity).key.includes(field)) return keyValue(entity, field, index);
    switch (element.type) {
      case 'code':
        return pickCode(element, Math.floor(at * 97) + life);
      case 'integer':
        return String(Math.round(within(element, at)));
      case 'decimal':
        return String(Math.round(within(element, at) * 100) / 100);
      case 'date':
        return new Date(todayMs - DAY_MS * (30 + Math.floor(at * 9_000))).toISOString().slice(0, 10);
      case 'timestamp': {
        // Later fields of an entity are later in time: closed after reported.
        const place = catalogue.entity(entity).elements.findIndex((one) => one.field === field);
        const start = chance(entity, index, life, 'start') * 86_400 * 30;
        return civil(todayMs - 86_400_000 * 40 + 1_000 * Math.floor(start + place * 3_600 + at * 3_000));
      }
      case 'boolean':
        return String(at < 0.5);
      default:
        if (element.check === 'phone') return `13${String(Math.floor(at * 1e9)).padStart(9, '0')}`;
        if (element.check === 'idNumber') return idNumber(Math.floor(at * 100_000));
        if (element.check === 'creditCode') return creditCode(Math.floor(at * 10_000));
        return `${element.title.zh}${Math.floor(at * 3_000)}${life === 0 ? '' : `旧${life}`}`;
    }
  }

  /** A number inside the range that every contract allows. */
  function within(element: Element, at: number): number {
    const { min, max } = ranges.get(`${element.entity}.${element.field}`) ?? { min: 1, max: 1_000 };
    if (element.field === 'remaining_spaces') return min + at * Math.min(100, max - min);
    if (element.field === 'total_spaces') return min + 100 + at * 400;
    return min + at * Math.min(400, max - min);
  }

  /** Days ago at which the value of today came to be: fields with a time to live change more often. */
  function changedDaysAgo(element: Element, index: number): number {
    const rate = element.ttlDays === undefined ? 0.01 : 0.1;
    return chance(element.entity, element.field, index, 'changed') < rate * 2
      ? Math.floor(chance(element.entity, element.field, index, 'when') * 730)
      : Number.POSITIVE_INFINITY;
  }

  function truth(entity: string, index: number, field: string): string | null {
    const element = catalogue.entity(entity).elements.find((one) => one.field === field)!;
    const telling = [...contracts.values()].filter(
      (contract) => contract.entity === entity && contract.columns.some((column) => column.field === field),
    );
    // What only aspects tell (an allowance, a lease) is true of those who have the aspect.
    const absent = telling.every((contract) => contract.aspect && !knows(contract, index));
    const required = telling.some((contract) => contract.columns.some((one) => one.field === field && one.required));
    return absent ? null : lifeValue(required ? { ...element, optional: false } : element, index, 0);
  }

  function knows(contract: Contract, index: number): boolean {
    return chance(datasetName(contract), index, 'known') < options.coverage(contract);
  }

  function records(dataset: string, from: number, to: number): JsonObject[] {
    const contract = contracts.get(dataset)!;
    const made: JsonObject[] = [];
    for (let index = from; index < to; index++) {
      if (!knows(contract, index)) continue;
      const record = recordOf(contract, index);
      made.push(record);
      if (chance(dataset, index, 'twice') < options.faults(contract, null).duplicate) made.push(record);
    }
    return made;
  }

  function recordOf(contract: Contract, index: number): JsonObject {
    const name = datasetName(contract);
    const entity = contract.entity === null ? null : catalogue.entity(contract.entity);
    const rowFaults = options.faults(contract, null);
    const stale = chance(name, index, 'stale') < rowFaults.stale;
    const daysAgo = stale
      ? 90 + Math.floor(chance(name, index, 'age') * 640)
      : Math.floor(chance(name, index, 'age') * 60);
    const observed = todayMs - daysAgo * DAY_MS + Math.floor(chance(name, index, 'time') * 80_000) * 1000;
    const record: Record<string, string | number | boolean | null> = {};
    for (const column of contract.columns) {
      const element = entity?.elements.find(({ field }) => field === column.field) ?? null;
      if (element === null) {
        record[column.name] = serviceValue(contract, column, observed, index);
        continue;
      }
      const faults = options.faults(contract, element);
      const isKey = contract.key.includes(element.field);
      const life = daysAgo > changedDaysAgo(element, index) ? 1 : 0;
      const roll = chance(name, index, element.field, 'fault');
      const told = column.required ? { ...element, optional: false } : element;
      const value =
        isKey || roll >= faults.wrong
          ? lifeValue(told, index, isKey ? 0 : life)
          : lifeValue({ ...element, optional: false }, index, 2);
      const missing = !column.required && chance(name, index, element.field, 'missing') < faults.missing;
      record[column.name] = missing || value === null ? null : spell(column, value);
      if (isKey && element.check !== undefined && chance(name, index, 'check') < faults.badCheck) {
        record[column.name] = spoil(value ?? '');
      }
    }
    return record;
  }

  function serviceValue(contract: Contract, column: ContractColumn, observed: number, index: number) {
    if (column.name === contract.observedAt) return spell(column, civil(observed));
    if (column.name === contract.deletedWhen?.column) return column.type === 'boolean' ? false : '0';
    return `s${index}`;
  }

  return { truth, key, records };
}

/** A value as the source spells it. */
function spell(column: ContractColumn, value: string): string | number {
  if (column.codes) return [...column.codes].find(([, canonical]) => canonical === value)![0];
  if (column.format === 'yyyymmdd') return value.slice(0, 10).replaceAll('-', '');
  if (column.format === 'yyyymmddhhmmss') return value.replaceAll(/[- :]/g, '');
  if (column.type === 'timestamp') return `${value.replace(' ', 'T')}+08:00`;
  if (column.type === 'date') return value.slice(0, 10);
  if (column.type === 'integer' || column.type === 'decimal') return Number(value);
  return value;
}

function spoil(text: string): string {
  const last = text.at(-1) === '0' ? '1' : '0';
  return text.slice(0, -1) + last;
}

function idNumber(index: number): string {
  const year = 1930 + (index % 90);
  const rest = Math.floor(index / 90);
  const first17 = `310199${year}${two(1 + (rest % 12))}${two(1 + (Math.floor(rest / 12) % 28))}${String(Math.floor(rest / 336)).padStart(3, '0')}`;
  return first17 + idNumberCheckDigit(first17);
}

function creditCode(index: number): string {
  const first17 = `91310199MA${String(index).padStart(7, '0')}`;
  return first17 + creditCodeCheckDigit(first17);
}

function civil(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

function two(n: number): string {
  return String(n).padStart(2, '0');
}

/** One of 108 grids. */
export function sampleGrid(index: number): string {
  return `310199/001/c${two(1 + (index % 12))}/g${two(1 + (Math.floor(index / 12) % 9))}`;
}
