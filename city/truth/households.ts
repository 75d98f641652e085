import type { Calendar } from '../calendar.ts';
import type { Persons } from './persons.ts';
import { headAt, homeAt, latest, membersAt } from './residents.ts';
import type { Settlement } from './settlement.ts';

export interface HouseholdTruth {
  readonly household_no: string;
  readonly head_name: string;
  readonly head_id_no: string;
  readonly head_phone: string;
  readonly size: number;
  readonly dwelling_code: string;
  readonly grid_path: string;
  readonly household_type: string;
  readonly low_income: string;
  readonly registered_at: string;
}

export interface Households {
  /** Null before the household came and once it has left. */
  at(index: number, day: number): HouseholdTruth | null;
  lastChange(index: number, day: number): number;
  no(index: number): string;
}

export interface HouseholdsParts {
  readonly calendar: Calendar;
  readonly settlement: Settlement;
  readonly persons: Persons;
  readonly dwellingCode: (index: number) => string;
  readonly gridPath: (dwelling: number) => string;
}

export function householdNo(index: number): string {
  return `H310199001${String(index + 1).padStart(6, '0')}`;
}

export function createHouseholds(parts: HouseholdsParts): Households {
  const { calendar, settlement, persons } = parts;
  return {
    no: householdNo,
    at: (index, day) => {
      const household = settlement.households[index]!;
      if (household.from > day || (household.gone > 0 && household.gone <= day)) return null;
      const head = headAt(household, day);
      const size = membersAt(household, day).length;
      const home = homeAt(household, day);
      return {
        household_no: householdNo(index),
        head_name: head.name,
        head_id_no: head.id,
        head_phone: persons.phone(head.index, day),
        size,
        dwelling_code: parts.dwellingCode(home.dwelling),
        grid_path: parts.gridPath(home.dwelling),
        household_type: household.kind === 'group' ? '集体户' : size === 1 ? '单人户' : '家庭户',
        low_income: persons.lowIncome(household, day) ? '是' : '否',
        registered_at: calendar.date(household.from),
      };
    },
    lastChange: (index, day) => {
      const household = settlement.households[index]!;
      return Math.max(
        latest(household.changes, day),
        persons.phoneChange(headAt(household, day).index, day),
        persons.lowIncomeChange(household, day),
      );
    },
  };
}
