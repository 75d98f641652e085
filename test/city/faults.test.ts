import { beforeAll, describe, expect, it } from 'vitest';
import { gridDwelling, gridResident } from '../../city/sources/grid-registers.ts';
import { civilPerson } from '../../city/sources/office-registers.ts';
import { createTable, secondAt, type TableParts, type TableSpec } from '../../city/sources/table.ts';
import { createTimeline } from '../../city/timeline.ts';
import { createRhythm } from '../../city/truth/rhythm.ts';
import { createWorld, type World } from '../../city/truth/world.ts';
import { loadCatalogue } from '../../core/catalogue.ts';
import { isIdNumber } from '../../core/checks.ts';
import { virtualClock } from '../../core/clock.ts';

const catalogue = loadCatalogue();
const today = '2026-11-22';
let world: World;
let parts: TableParts;

beforeAll(() => {
  world = createWorld({ seed: 11, scale: 0.2, today });
  parts = {
    seed: 11,
    base: world.base,
    catalogue,
    calendar: world.calendar,
    gridPaths: world.geography.grids.map((grid) => grid.path),
    timeline: createTimeline({
      clock: virtualClock(new Date('2026-11-22T00:00:00+08:00')),
      today,
      live: false,
      shiftDays: 0,
      jumps: [],
    }),
    rhythmOf: (salt, staleRate) => createRhythm({ salt, base: world.base, staleRate, everyPeriods: 16 }),
  };
});

/** Compares what a source serves with the truth as of each row's own date, as it came out of the wire. */
function measure(spec: TableSpec) {
  const table = createTable(parts, spec, 500);
  const elements = catalogue.entity(spec.entity).elements;
  const counts = {
    rows: 0,
    stale: 0,
    keys: new Set<string>(),
    badKey: 0,
    cells: 0,
    missing: 0,
    authority: 0,
    authorityWrong: 0,
    other: 0,
    otherWrong: 0,
  };
  for (const position of table.positions()) {
    const { values, second } = table.row(position);
    const key = table.keyOf(position);
    const index = indexOf(spec, key);
    const asOf = Math.floor(second / 86_400);
    const standing = spec.standing(index, asOf);
    const truth = standing && spec.truth(index, standing.on);
    if (!truth) continue;
    counts.rows++;
    counts.keys.add(key);
    if (position % 2 === 0 && asOf < world.base - 60 && spec.first(index) < asOf - 1 && standing.ended === 0)
      counts.stale++;
    for (const [column, field] of Object.entries(spec.columns)) {
      const right = truth[field] ?? null;
      if (field === spec.key) {
        if (spec.key === 'id_no' && !isIdNumber(String(values[column]))) counts.badKey++;
        continue;
      }
      if (right === null) continue;
      counts.cells++;
      const said = values[column] ?? null;
      const element = elements.find((each) => each.field === field)!;
      const written =
        element.type === 'code' && spec.codes === 'standard'
          ? catalogue.codeList(element.codes!).values.get(String(right))
          : right;
      const authority = element.sources[0] === spec.source;
      if (said === null) counts.missing++;
      else if (authority) counts.authority++;
      else counts.other++;
      if (said !== null && said !== written) counts[authority ? 'authorityWrong' : 'otherWrong']++;
    }
  }
  return counts;
}

const indices = new Map<TableSpec, Map<string, number>>();
function indexOf(spec: TableSpec, key: string): number {
  let map = indices.get(spec);
  if (!map) {
    map = new Map(Array.from({ length: spec.count(world.base) }, (_, index) => [spec.keyOf(index), index]));
    indices.set(spec, map);
  }
  return map.get(key)!;
}

function expectNear(value: number, target: number, tolerance: number): void {
  expect(Math.abs(value - target), `${value} is not near ${target}`).toBeLessThan(tolerance);
}

describe('the faults of the sources', () => {
  it('come at the documented rates where a source is mostly the authority', () => {
    const counts = measure(gridResident(world));
    expectNear(counts.authorityWrong / counts.authority, 0.005, 0.0008);
    expectNear(counts.otherWrong / counts.other, 0.03, 0.002);
    expectNear(counts.missing / counts.cells, 0.01, 0.001);
    expectNear(counts.badKey / counts.rows, 0.005, 0.0015);
    expectNear(counts.rows / counts.keys.size - 1, 0.01, 0.003);
    expectNear(counts.stale / counts.keys.size, 0.02, 0.004);
  });

  it('come at the documented rates for dwellings', () => {
    const counts = measure(gridDwelling(world));
    expectNear(counts.authorityWrong / counts.authority, 0.005, 0.001);
    expectNear(counts.otherWrong / counts.other, 0.03, 0.003);
    expectNear(counts.stale / counts.keys.size, 0.02, 0.005);
  });

  it('are more where a source mostly repeats others', () => {
    const counts = measure(civilPerson(world));
    expectNear(counts.otherWrong / counts.other, 0.03, 0.003);
    expectNear(counts.stale / counts.keys.size, 0.05, 0.008);
  });

  it('leave the date on stale rows: what a row says was so on its date', () => {
    const table = createTable(parts, gridDwelling(world), 500);
    const oldest = table.positions()[0]!;
    const age = world.base - Math.floor(secondAt(oldest) / 86_400);
    expect(age).toBeGreaterThan(600);
    expect(age).toBeLessThan(732);
  });

  it('do not change from one question to the next', () => {
    const once = createTable(parts, gridResident(world), 500);
    const twice = createTable(parts, gridResident(world), 500);
    const positions = [...once.positions().slice(0, 500)];
    expect(positions.map((position) => twice.row(position))).toEqual(positions.map((position) => once.row(position)));
  });
});
