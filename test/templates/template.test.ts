import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadCatalogue } from '../../core/index.ts';
import type { BindingSource } from '../../templates/binding.ts';
import { loadTemplates, saveTemplate } from '../../templates/template.ts';

const catalogue = loadCatalogue();
const shipped = loadTemplates({ catalogue }).get('vacant-group-rental');
const workbook = new Uint8Array(readFileSync(shipped.file));
const source = parse(readFileSync(shipped.file.replace('template.xlsx', 'binding.yaml'), 'utf8')) as BindingSource;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'templates-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('an uploaded version takes the place of the shipped one, which stays to be had', () => {
  saveTemplate({ catalogue, folder, workbook, binding: { ...source, version: 2, title: '空置房信息台账' } });
  const templates = loadTemplates({ catalogue, folder });
  expect(templates.get('vacant-group-rental').title).toBe('空置房信息台账');
  expect(templates.get('vacant-group-rental', 1).title).toBe('空置房、群租房信息台账');
  expect(templates.all.at(-1)).toMatchObject({ id: 'vacant-group-rental', version: 1 });
});

test('a version never changes once it is saved', () => {
  const save = () => saveTemplate({ catalogue, folder, workbook, binding: source });
  save();
  expect(save).toThrowError(expect.objectContaining({ code: 'templates.exists' }));
});

test.each([
  ['an element that the catalogue does not have', { columns: [{ name: 'a', title: '甲', element: 'no.such.thing' }] }],
  [
    'a column with two sources',
    { columns: [{ name: 'a', title: '甲', derive: '1', element: 'housing.dwelling.layout' }] },
  ],
  ['two columns of one name', { columns: ['甲', '乙'].map((title) => ({ name: 'a', title, derive: '1' })) }],
  ['no rows', { rows: undefined }],
] as const)('%s is refused and leaves nothing behind', (_, change) => {
  const binding = { ...source, ...change } as unknown as BindingSource;
  expect(() => saveTemplate({ catalogue, folder, workbook, binding })).toThrowError(
    expect.objectContaining({ code: 'templates.binding', status: 422 }),
  );
  expect(readdirSync(folder)).toEqual([]);
});

test('an unknown id is answered with the known ones', () => {
  expect(() => loadTemplates({ catalogue }).get('nothing')).toThrowError(
    expect.objectContaining({ code: 'templates.unknown', message: expect.stringContaining('vacant-group-rental') }),
  );
});
