import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readStatisticFiles } from '../../analytics/statistic-file.ts';
import { createStatistics, type Statistics } from '../../analytics/statistics.ts';
import { loadCatalogue } from '../../core/catalogue.ts';
import { idNumberCheckDigit } from '../../core/checks.ts';
import type { UserId } from '../../core/ids.ts';
import { orgPath } from '../../core/org.ts';
import type { User } from '../../core/permission.ts';
import { type Fixture, openFixture } from '../warehouse/fixture.ts';

const leader: User = {
  id: 'u1' as UserId,
  login: 'leader',
  name: '领导',
  roles: ['leader'],
  scope: orgPath('310199/001'),
  themes: '*',
  sensitivity: 'personal',
};
const SEEN = { updatedAt: '2026-11-20T09:00:00+08:00' };

let fixture: Fixture;
let statistics: Statistics;
let persons = 0;

/** Residents of a grid, men and women in turn, all of one year of birth. */
function residents(gridPath: string, count: number, born: number) {
  return Array.from({ length: count }, () => {
    persons += 1;
    const first17 = `310199${born}0512${String(persons).padStart(3, '0')}`;
    return {
      residentId: `r${persons}`,
      idNo: first17 + idNumberCheckDigit(first17),
      name: '张三',
      gender: persons % 2 === 0 ? '1' : '2',
      birthDate: `${born}-05-12`,
      gridPath,
      livesAlone: '0',
      deleted: false,
      ...SEEN,
    };
  });
}

beforeAll(async () => {
  fixture = await openFixture();
  await fixture.land('platform.org_unit', [
    { path: '310199/001', name: '锦澜街道', kind: 'subdistrict', deleted: false },
    { path: '310199/001/c01', name: '锦绣社区', kind: 'community', deleted: false },
    { path: '310199/001/c02', name: '澜湾社区', kind: 'community', deleted: false },
  ]);
  await fixture.land('grid.resident', [
    ...residents('310199/001/c01/g01', 40, 1990),
    ...residents('310199/001/c01/g02', 24, 1950),
    ...residents('310199/001/c02/g01', 60, 1990),
    ...residents('310199/001/c02/g01', 5, 1950),
    ...residents('310199/001/c02/g01', 30, 2015),
    ...residents('310199/002/c01/g01', 50, 1990),
  ]);
  await fixture.land('grid.dwelling', [
    { dwellingCode: 'd1', gridPath: '310199/001/c01/g01', usageStatus: '1', deleted: false, ...SEEN },
    { dwellingCode: 'd2', gridPath: '310199/001/c01/g01', usageStatus: '4', deleted: false, ...SEEN },
    { dwellingCode: 'd3', gridPath: '310199/001/c02/g01', usageStatus: '2', deleted: false, ...SEEN },
  ]);
  await fixture.bringUp();
  statistics = createStatistics({ reader: fixture.reader, catalogue: loadCatalogue() });
}, 60_000);
afterAll(() => fixture.close());

const rows = async (name: string, parameters = {}, user = leader) =>
  (await statistics.table(user, name, parameters))?.rows ?? null;

test('every statistic can be run, with its columns in their order', async () => {
  const list = await statistics.list(leader);
  expect(list.length).toBe(readStatisticFiles().size + 1);
  for (const { name } of list) {
    const table = await statistics.table(leader, name, {});
    expect([name, table?.name]).toEqual([name, name]);
    const width = table!.dimensions.length + table!.measures.length;
    expect(table!.rows.every((row) => row.length === width)).toBe(true);
    expect(table!.publicationId).toBe((await fixture.reader.current()).id);
  }
});

describe('counts of people', () => {
  test('are told by the units below the scope, small ones and what gives them away left out', async () => {
    // children, adults, elderly, aged, all
    expect(await rows('population-units')).toEqual([
      ['锦绣社区', null, 40, null, null, 64],
      ['澜湾社区', null, 60, null, null, 95],
    ]);
    const table = await statistics.table(leader, 'population-units', {});
    expect(table?.suppressed).toBe(6);
  });

  test('are added up by age and gender', async () => {
    const found = await rows('population-ages');
    expect(found?.map(([band]) => band)).toEqual(['10-19岁', '30-39岁', '70-79岁']);
    expect(found?.[1]).toEqual(['30-39岁', 50, 50, 100]);
  });

  test('stay within the part of the scope that is asked for', async () => {
    const found = await rows('population-units', { org: '310199/001/c01' });
    expect(found?.map(([unit]) => unit)).toEqual(['310199/001/c01/g01', '310199/001/c01/g02']);
  });
});

test('things are counted as they are', async () => {
  expect(await rows('housing-use')).toEqual([
    ['锦绣社区', 2, 1, 0, 0, 1, 0],
    ['澜湾社区', 1, 0, 1, 0, 0, 0],
  ]);
});

test('the overview counts the records of each theme in the scope', async () => {
  const found = await rows('overview');
  const count = (mart: string) => found?.find((row) => String(row[1]).endsWith(mart))?.[2];
  expect([count('Person'), count('Dwelling'), count('Parking lot')]).toEqual([159, 3, 0]);
});

describe('who may not see it', () => {
  test('gets no statistic of a theme, of another unit, or of an unknown name', async () => {
    const housing: User = { ...leader, themes: ['housing'] };
    expect((await statistics.list(housing)).map(({ theme }) => theme)).toEqual([null, 'housing']);
    expect(await rows('population-units', {}, housing)).toBe(null);
    expect((await rows('overview', {}, housing))?.every(([theme]) => theme === '房屋 · Housing')).toBe(true);
    expect(await rows('population-units', { org: '310199/002' })).toBe(null);
    expect(await rows('population-units', { org: '310199/001x' })).toBe(null);
    expect(await rows('nonsense')).toBe(null);
  });
});
