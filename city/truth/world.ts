import { type Calendar, createCalendar, dayOf } from '../calendar.ts';
import { chance, mix } from '../random.ts';
import { type Buildings, createBuildings } from './buildings.ts';
import { type Cameras, createCameras } from './cameras.ts';
import { type Cases, createCases } from './cases.ts';
import { type Crowd, createCrowd } from './crowd.ts';
import { createAddresses, createDwellings, type Dwellings } from './dwellings.ts';
import { createEnterprises, type Enterprises } from './enterprises.ts';
import { createGeography, type Geography } from './geography.ts';
import { createHouseholds, type Households, householdNo } from './households.ts';
import { createParking, type Parking } from './parking.ts';
import { createPersons, type Persons } from './persons.ts';
import { createPoliceIncidents, type PoliceIncidents } from './police.ts';
import { createRhythm, type Rhythm } from './rhythm.ts';
import { createSettlement, type Settlement } from './settlement.ts';

export interface WorldOptions {
  readonly seed: number;
  /** 1 is a whole subdistrict of 118,000 people. */
  readonly scale: number;
  /** `YYYY-MM-DD`: the simulation starts at midnight of this day; the day before is the last one in full. */
  readonly today: string;
}

/** Everything that is true in the subdistrict, on any day from 25 months before the start on. Days are civil day numbers. */
export interface World {
  readonly seed: number;
  readonly scale: number;
  readonly calendar: Calendar;
  /** The last full day before the start. */
  readonly base: number;
  /** The day from which changes are known. */
  readonly floor: number;
  readonly geography: Geography;
  readonly buildings: Buildings;
  readonly settlement: Settlement;
  readonly persons: Persons;
  readonly households: Households;
  readonly dwellings: Dwellings;
  readonly enterprises: Enterprises;
  readonly cases: Cases;
  readonly incidents: PoliceIncidents;
  readonly crowd: Crowd;
  readonly cameras: Cameras;
  readonly parking: Parking;
  /** When grid staff look at their rows: part of the truth, for a visit leaves its date. */
  readonly visits: { readonly resident: Rhythm; readonly dwelling: Rhythm; readonly enterprise: Rhythm };
  /** Whether a resident is in the civil affairs office's register: everyone over 60 and six in ten of the others. */
  civilKnows(resident: number): boolean;
  /** Lives through all days up to `day`. */
  advanceTo(day: number): void;
}

const DAYS_KNOWN = 760;
/** Share of rows that an authority fails to look at (city/README.md). */
export const STALE_AUTHORITY = 0.02;

/** Makes the truth for a seed: about a second at scale 1. */
export function createWorld({ seed, scale, today }: WorldOptions): World {
  const calendar = createCalendar();
  const base = dayOf(today) - 1;
  const floor = base - DAYS_KNOWN;
  const geography = createGeography(seed, floor);
  const buildings = createBuildings(seed, scale, geography, floor);
  const addresses = createAddresses(buildings);
  const settlement = createSettlement(seed, calendar, buildings, floor);
  const rhythm = (tag: number, everyPeriods: number, often?: (index: number, day: number) => boolean) =>
    createRhythm({ salt: mix(seed, tag), base, staleRate: STALE_AUTHORITY, everyPeriods, ...(often ? { often } : {}) });
  const visits = {
    resident: rhythm(101, 8),
    dwelling: rhythm(102, 8, (index, day) => {
      const { usage } = settlement.episode(index, day);
      return usage === '空置' || usage === '群租';
    }),
    enterprise: rhythm(103, 2),
  };
  const enterprises = createEnterprises({
    seed,
    scale,
    calendar,
    geography,
    buildings,
    visits: visits.enterprise,
    floor,
  });
  const gridPath = (dwelling: number) => geography.grids[addresses.grid(dwelling)]!.path;
  const employers = enterprises.count(floor);
  const persons = createPersons({
    seed,
    calendar,
    settlement,
    floor,
    householdNo,
    dwellingCode: addresses.code,
    dwellingAddress: addresses.address,
    gridPath,
    lastVisit: visits.resident.last,
    employer: (hash) => enterprises.name(hash % employers),
  });
  const households = createHouseholds({ calendar, settlement, persons, dwellingCode: addresses.code, gridPath });
  const dwellings = createDwellings({
    seed,
    calendar,
    geography,
    buildings,
    addresses,
    settlement,
    persons,
    visits: visits.dwelling,
    floor,
  });
  const crowd = createCrowd(seed, scale, geography);
  settlement.advanceTo(base);
  return {
    seed,
    scale,
    calendar,
    base,
    floor,
    geography,
    buildings,
    settlement,
    persons,
    households,
    dwellings,
    enterprises,
    cases: createCases(seed, scale, calendar, geography, base - 364),
    incidents: createPoliceIncidents(seed, scale, calendar, geography, base - 364),
    crowd,
    cameras: createCameras(seed, scale, geography, crowd),
    parking: createParking(seed, scale, geography),
    visits,
    civilKnows: (resident) =>
      settlement.residents[resident]!.birth + 60 * 365.25 < base || chance(mix(mix(seed, 104), resident), 0.6),
    advanceTo: (day) => settlement.advanceTo(day),
  };
}
