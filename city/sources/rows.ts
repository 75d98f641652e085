import type { Dwellings } from '../truth/dwellings.ts';
import type { World } from '../truth/world.ts';
import type { Standing, TableSpec, TruthRow } from './table.ts';

/** How long after a change the sources hear of it, in days. */
export const LAG = { authority: [1, 7], grid: [2, 9], slow: [10, 40] } as const;

/** The truth of typed interfaces as a row by field. */
export function asRow(truth: object | null): TruthRow | null {
  return truth as TruthRow | null;
}

export type Common = 'count' | 'keyOf' | 'first' | 'standing' | 'truth';

/** Residents, for sources that strike out who has left. */
export function residents(world: World): Pick<TableSpec, Common> {
  const list = world.settlement.residents;
  return {
    count: () => list.length,
    keyOf: (index) => list[index]!.id,
    first: (index) => list[index]!.from,
    standing: (index, day): Standing | null => {
      const { from, gone, death } = list[index]!;
      if (from > day) return null;
      if (gone > 0 && gone <= day) return { on: gone - 1, ended: gone };
      return death > 0 && death <= day ? { on: day, ended: death } : { on: day, ended: 0 };
    },
    truth: (index, day) => asRow(world.persons.at(index, day)),
  };
}

/** Dwellings, which neither come nor go. */
export function dwellings(of: Dwellings): Pick<TableSpec, Common> {
  return {
    count: () => of.count,
    keyOf: of.code,
    first: () => 0,
    standing: (_, day) => ({ on: day, ended: 0 }),
    truth: (index, day) => asRow(of.at(index, day)),
  };
}

/** Enterprises from the day they are established; the closed ones stay, with their status. */
export function enterprises(world: World): Pick<TableSpec, Common> {
  const of = world.enterprises;
  return {
    count: of.count,
    keyOf: of.code,
    first: of.established,
    standing: (index, day) => (of.established(index) > day ? null : { on: day, ended: 0 }),
    truth: (index, day) => asRow(of.at(index, day)),
  };
}

/** Dwellings that are let, and those that were: their tenancy has ended. */
export function lettings(world: World): Pick<TableSpec, Common> {
  const of = world.dwellings;
  return {
    ...dwellings(of),
    standing: (index, day) => {
      if (of.isLet(index, day)) return { on: day, ended: 0 };
      const { from } = world.settlement.episode(index, day);
      return from > world.floor && of.isLet(index, from - 1) ? { on: from - 1, ended: from } : null;
    },
  };
}

/** People in the civil affairs office's books, which are told of deaths but not of departures. */
export function civilPeople(world: World, includes: (index: number, day: number) => boolean): Pick<TableSpec, Common> {
  const of = residents(world);
  const list = world.settlement.residents;
  return {
    ...of,
    standing: (index, day) => {
      const { gone } = list[index]!;
      if (gone > 0 && gone <= world.base) return null;
      return includes(index, day) ? of.standing(index, day) : null;
    },
  };
}

/** Members of households on social assistance, and those whose payments have stopped. */
export function assisted(world: World): Pick<TableSpec, Common> {
  const of = residents(world);
  const { residents: list, households } = world.settlement;
  return {
    ...of,
    standing: (index, day) => {
      const resident = list[index]!;
      const household = households[resident.household]!;
      if (resident.from > day) return null;
      const left =
        resident.gone > 0 && resident.gone <= day
          ? resident.gone
          : resident.death > 0 && resident.death <= day
            ? resident.death
            : 0;
      const last = left > 0 ? left - 1 : day;
      if (world.persons.lowIncome(household, last)) return { on: last, ended: left };
      const stopped = world.persons.lowIncomeChange(household, last);
      if (stopped <= resident.from || !world.persons.lowIncome(household, stopped - 1)) return null;
      return { on: stopped - 1, ended: stopped };
    },
  };
}
