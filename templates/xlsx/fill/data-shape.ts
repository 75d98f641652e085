import type { FillData } from './data.ts';
import { badData } from './errors.ts';

const KEYS = ['cells', 'names', 'rows', 'columns', 'text'] as const;

/**
 * Makes sure that data has the shape of `FillData`: it may come from a JSON file, and a key that is only misspelt would
 * leave a form empty without a word.
 *
 * @throws `templates.xlsx.fill.data`
 */
export function checkData(data: unknown): asserts data is FillData {
  if (!isRecord(data)) throw badData('data', '应为对象', 'must be an object');
  for (const [key, value] of Object.entries(data)) {
    if (!KEYS.some((known) => known === key))
      throw badData(key, `不是已知的键；可用：${KEYS.join('、')}`, `is no known key; there are ${KEYS.join(', ')}`);
    if (value === undefined) continue;
    if (!isRecord(value)) throw badData(key, '应为对象', 'must be an object');
    for (const [name, one] of Object.entries(value)) checkEntry(key, name, one);
  }
}

function checkEntry(key: string, name: string, value: unknown): void {
  if (key === 'text' && typeof value !== 'string' && typeof value !== 'number')
    throw badData(`text.${name}`, '应为文字或数字', 'must be a text or a number');
  if (key === 'names' && Array.isArray(value) && !value.every(Array.isArray))
    throw badData(`names.${name}`, '应为一个值，或由行组成的数组', 'must be one value, or an array of rows');
  if ((key === 'rows' || key === 'columns') && !isIterable(value))
    throw badData(`${key}.${name}`, '应为由行组成的数组', 'must be an array of rows');
}

/** A row of values on its way into a sample. */
export function checkRow(name: string, number: number, row: unknown): void {
  if (!Array.isArray(row)) throw badData(`${name} #${number}`, '每一行应为数组', 'every row must be an array');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value);
}
