import { describe, expect, it } from 'vitest';
import { orgUnits } from '../../city/index.ts';
import { createWorld, type World } from '../../city/truth/world.ts';
import { loadCatalogue } from '../../core/catalogue.ts';
import { isCreditCode, isIdNumber, isPhone } from '../../core/checks.ts';
import { parentOf } from '../../core/org.ts';

const options = { seed: 7, scale: 0.02, today: '2026-11-22' };
const world = createWorld(options);
const day = world.base;

function people(of: World, on: number) {
  return of.settlement.residents.flatMap((resident) => of.persons.at(resident.index, on) ?? []);
}

function groupBy<T>(list: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

function sample<T>(count: number, at: (index: number) => T, every: number): T[] {
  return Array.from({ length: Math.floor(count / every) }, (_, index) => at(index * every));
}

describe('the truth', () => {
  it('is the same for the same seed, and another for another', () => {
    const again = createWorld(options);
    expect(people(again, day).slice(0, 300)).toEqual(people(world, day).slice(0, 300));
    expect(sample(again.dwellings.count, (index) => again.dwellings.at(index, day), 9)).toEqual(
      sample(world.dwellings.count, (index) => world.dwellings.at(index, day), 9),
    );
    const other = createWorld({ ...options, seed: 8 });
    expect(people(other, day)[0]).not.toEqual(people(world, day)[0]);
  });

  it('comes to the same place in one leap and in many steps', () => {
    const leap = createWorld(options);
    leap.advanceTo(day + 90);
    const steps = createWorld(options);
    for (let on = day + 1; on <= day + 90; on++) steps.advanceTo(on);
    expect(people(steps, day + 90)).toEqual(people(leap, day + 90));
    expect(people(steps, day - 100)).toEqual(people(world, day - 100));
  });

  it('has the fields of the catalogue', () => {
    const catalogue = loadCatalogue();
    const second = (day + 1) * 86_400 - 1;
    const examples: Record<string, object | null> = {
      person: world.persons.at(0, day),
      household: world.households.at(0, day),
      dwelling: world.dwellings.at(0, day),
      building: world.buildings.at(0, day),
      enterprise: world.enterprises.at(0, day),
      tax_month: world.enterprises.taxOf(1, Date.parse('2026-10-01') / 86_400_000),
      space: world.enterprises.space(0, day),
      case: world.cases.at(0, second),
      police_incident: world.incidents.at(0, second),
      camera: world.cameras.at(0),
      zone: world.crowd.zone(0),
      lot: world.parking.lot(0),
    };
    for (const [entity, example] of Object.entries(examples)) {
      const fields = catalogue.entity(entity).elements.map((element) => element.field);
      expect([entity, Object.keys(example ?? {}).sort()]).toEqual([entity, fields.sort()]);
    }
  });

  it('gives everyone a valid and unique identity number, and a household in a dwelling', () => {
    const all = people(world, day).filter((person) => person.death_date === null);
    const byDwelling = groupBy(all, (person) => person.dwelling_code);
    const byHousehold = groupBy(all, (person) => person.household_no);
    expect(new Set(all.map((person) => person.id_no)).size).toBe(all.length);
    expect(all.every((person) => isIdNumber(person.id_no) && isPhone(person.phone))).toBe(true);
    expect(all.every((person) => person.id_no.slice(6, 14) === person.birth_date.replaceAll('-', ''))).toBe(true);
    for (let index = 0; index < world.dwellings.count; index++) {
      const dwelling = world.dwellings.at(index, day);
      expect([dwelling.dwelling_code, byDwelling.get(dwelling.dwelling_code)?.length ?? 0]).toEqual([
        dwelling.dwelling_code,
        dwelling.occupant_count,
      ]);
      expect(dwelling.vacant_since === null).toBe(dwelling.usage_status !== '空置');
      expect(dwelling.lease_no === null).toBe(dwelling.usage_status !== '出租' && dwelling.usage_status !== '群租');
    }
    for (const household of world.settlement.households) {
      const truth = world.households.at(household.index, day);
      if (!truth) continue;
      const members = byHousehold.get(truth.household_no) ?? [];
      expect(members.length).toBe(truth.size);
      expect(members.filter((member) => member.relation_to_head === '本人').map((member) => member.id_no)).toEqual([
        truth.head_id_no,
      ]);
    }
  });

  it('has the size of its scale', () => {
    const usages = Array.from(
      { length: world.dwellings.count },
      (_, index) => world.settlement.episode(index, day).usage,
    );
    const roster = usages.filter((usage) => usage === '空置' || usage === '群租').length;
    expect(world.dwellings.count).toBe(1_040);
    expect(roster / world.dwellings.count).toBeGreaterThan(0.17);
    expect(roster / world.dwellings.count).toBeLessThan(0.23);
    expect(people(world, day).length / 118_000 / 0.02).toBeGreaterThan(0.93);
    expect(people(world, day).length / 118_000 / 0.02).toBeLessThan(1.1);
    const codes = sample(world.enterprises.count(day), world.enterprises.code, 1);
    expect(codes.every(isCreditCode)).toBe(true);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('moves on: people move and die, leases and firms change', () => {
    const larger = createWorld({ ...options, scale: 0.1 });
    const before = larger.settlement.residents.filter((resident) => larger.persons.at(resident.index, day - 365));
    const died = before.filter((resident) => resident.death > day - 365).length;
    const moved = before.filter((resident) => {
      const household = larger.settlement.households[resident.household]!;
      return resident.gone > day - 365 || household.homes.at(-1)!.from > day - 365;
    }).length;
    expect(died / before.length).toBeGreaterThan(0.003);
    expect(died / before.length).toBeLessThan(0.009);
    expect(moved / before.length).toBeGreaterThan(0.025);
    expect(moved / before.length).toBeLessThan(0.06);
    const month = Array.from({ length: larger.dwellings.count }, (_, index) => index).filter(
      (index) => larger.dwellings.at(index, day).usage_status !== larger.dwellings.at(index, day - 30).usage_status,
    );
    expect(month.length).toBeGreaterThan(0);
  });

  it('lies in the org tree', () => {
    const units = orgUnits(7);
    expect(units.filter((unit) => unit.kind === 'community').length).toBe(20);
    const grids = new Set(units.filter((unit) => unit.kind === 'grid').map((unit) => unit.path as string));
    expect(people(world, day).every((person) => grids.has(person.grid_path))).toBe(true);
    const paths = new Set<string | null>([null, ...units.map((unit) => unit.path)]);
    expect(units.every((unit) => paths.has(parentOf(unit.path)))).toBe(true);
  });
});
