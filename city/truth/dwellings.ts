import { idNumberCheckDigit } from '../../core/checks.ts';
import { type Calendar, partsOf } from '../calendar.ts';
import { between, chance, lastChange, mix, pick, spread, unit, weighted } from '../random.ts';
import { AGENCIES, LAYOUTS, LOCAL_REGIONS } from '../vocabulary.ts';
import type { Building, Buildings } from './buildings.ts';
import { type Geography, mobile } from './geography.ts';
import { givenName, surname } from './names.ts';
import type { Persons } from './persons.ts';
import { headAt, membersAt } from './residents.ts';
import type { Rhythm } from './rhythm.ts';
import type { Episode, Settlement } from './settlement.ts';

export interface DwellingTruth {
  readonly dwelling_code: string;
  readonly address: string;
  readonly building_code: string;
  readonly estate_name: string;
  readonly unit_no: string;
  readonly floor_no: number;
  readonly room_no: string;
  readonly grid_path: string;
  readonly area_m2: number;
  readonly layout: string;
  readonly structure: string;
  readonly built_year: number;
  readonly property_type: string;
  readonly certificate_no: string;
  readonly owner_name: string;
  readonly owner_id_no: string;
  readonly owner_phone: string;
  readonly owner_type: string;
  readonly usage_status: string;
  readonly vacant_since: string | null;
  readonly vacancy_reason: string | null;
  readonly occupant_count: number;
  readonly lease_no: string | null;
  readonly lease_start: string | null;
  readonly lease_end: string | null;
  readonly tenant_name: string | null;
  readonly tenant_id_no: string | null;
  readonly tenant_phone: string | null;
  readonly monthly_rent: number | null;
  readonly agency: string | null;
  readonly rooms_let: number | null;
  readonly beds: number | null;
  readonly partitioned: string;
  readonly hazard: string;
  readonly rectification: string;
  readonly has_extinguisher: string;
  readonly water_m3: number;
  readonly electricity_kwh: number;
  readonly property_company: string;
  readonly last_visit_date: string;
  readonly visitor_name: string;
  readonly visitor_phone: string;
}

/** What can change about a dwelling, as bits. */
export const DWELLING_CHANGE = {
  use: 1,
  owner: 2,
  lease: 4,
  condition: 8,
  meters: 16,
  company: 32,
  tenantPhone: 64,
} as const;

const LEASE_DAYS = 365;
const METER_DAYS = 60;

export interface Dwellings {
  readonly count: number;
  at(index: number, day: number): DwellingTruth;
  lastChange(index: number, day: number, mask: number): number;
  code(index: number): string;
  address(index: number): string;
  grid(index: number): number;
  /** Whether it is let (or was on that day): it has a lease. */
  isLet(index: number, day: number): boolean;
}

/** Codes and addresses: what is needed before anyone lives there. */
export interface Addresses {
  readonly count: number;
  place(index: number): { building: Building; buildingIndex: number; staircase: number; floor: number; room: string };
  code(index: number): string;
  address(index: number): string;
  grid(index: number): number;
}

export function createAddresses(buildings: Buildings): Addresses {
  const buildingOf = new Uint16Array(buildings.dwellings);
  for (let at = 0; at < buildings.residential; at++) {
    const { first, count } = buildings.list[at]!;
    buildingOf.fill(at, first, first + count);
  }
  const place = (index: number) => {
    const buildingIndex = buildingOf[index]!;
    const building = buildings.list[buildingIndex]!;
    const at = index - building.first;
    const inStaircase = building.floors * building.perFloor;
    const staircase = Math.floor(at / inStaircase) + 1;
    const floor = Math.floor((at % inStaircase) / building.perFloor) + 1;
    const door = (at % building.perFloor) + 1;
    return { building, buildingIndex, staircase, floor, room: String(floor * 100 + door) };
  };
  return {
    count: buildings.dwellings,
    place,
    code: (index) => {
      const { building, staircase, room } = place(index);
      return `${building.code}${staircase}${room.padStart(4, '0')}`;
    },
    address: (index) => {
      const { building, staircase, room } = place(index);
      return building.staircases > 1 ? `${building.address}${staircase}单元${room}室` : `${building.address}${room}室`;
    },
    grid: (index) => buildings.list[buildingOf[index]!]!.grid,
  };
}

export interface DwellingsParts {
  readonly seed: number;
  readonly calendar: Calendar;
  readonly geography: Geography;
  readonly buildings: Buildings;
  readonly addresses: Addresses;
  readonly settlement: Settlement;
  readonly persons: Persons;
  readonly visits: Rhythm;
  readonly floor: number;
}

export function createDwellings(parts: DwellingsParts): Dwellings {
  const { calendar, geography, buildings, addresses, settlement, persons, visits, floor } = parts;
  const { residents, households } = settlement;
  const salt = mix(parts.seed, 61);
  const own = (index: number) => mix(salt, index);
  const isLease = (episode: Episode) => episode.usage === '出租' || episode.usage === '群租';

  const ownerPhoneChange = (index: number, day: number) => lastChange(mix(own(index), 1), 0.05, day, floor);
  const conditionChange = (index: number, day: number) => lastChange(mix(own(index), 2), 0.08, day, floor);
  const leaseStart = (episode: Episode, day: number) =>
    episode.from + Math.floor((day - episode.from) / LEASE_DAYS) * LEASE_DAYS;
  const readOn = (index: number, day: number) => {
    const phase = mix(own(index), 3) % METER_DAYS;
    return Math.floor((day + phase) / METER_DAYS) * METER_DAYS - phase;
  };

  function owner(index: number, episode: Episode, day: number): { name: string; id: string; phone: string } {
    const resident = residents[episode.owner];
    if (resident) return { name: resident.name, id: resident.id, phone: persons.phone(resident.index, day) };
    const hash = mix(mix(own(index), 4), episode.ownerVersion);
    const female = chance(hash, 0.45);
    const birth = floor - between(mix(hash, 1), 26 * 365, 78 * 365);
    const first17 = `${pick(mix(hash, 2), LOCAL_REGIONS)}${calendar.compactDate(birth)}${String((mix(hash, 3) % 500) * 2 + (female ? 0 : 1)).padStart(3, '0')}`;
    return {
      name: surname(mix(hash, 4)) + givenName(mix(hash, 5), female),
      id: first17 + idNumberCheckDigit(first17),
      phone: mobile(mix(mix(hash, 6), ownerPhoneChange(index, day))),
    };
  }

  function meters(index: number, day: number): { water_m3: number; electricity_kwh: number } {
    const on = Math.max(readOn(index, day), floor);
    const episode = settlement.episode(index, on);
    const hash = mix(mix(own(index), 5), on);
    if (episode.usage === '空置') {
      return {
        water_m3: chance(hash, 0.8) ? 0 : round1(unit(hash)),
        electricity_kwh: Math.round(unit(mix(hash, 1)) * 12),
      };
    }
    const people = episode.households.reduce((sum, each) => sum + membersAt(households[each]!, on).length, 0) || 3;
    return {
      water_m3: round1((2.2 + people * 2.9) * spread(hash)),
      electricity_kwh: Math.round((60 + people * 58) * spread(mix(hash, 2))),
    };
  }

  function condition(
    index: number,
    episode: Episode,
    day: number,
  ): Pick<DwellingTruth, 'partitioned' | 'hazard' | 'rectification' | 'has_extinguisher'> {
    const hash = mix(mix(own(index), 6), Math.max(conditionChange(index, day), episode.from));
    const crowded = episode.usage === '群租';
    const partitioned = chance(mix(hash, 1), crowded ? 0.66 : 0.006);
    const risky = crowded ? 0.62 : episode.usage === '出租' ? 0.1 : episode.usage === '空置' ? 0.02 : 0.03;
    const hazard = !chance(mix(hash, 2), risky)
      ? '无隐患'
      : partitioned && chance(mix(hash, 3), 0.5)
        ? '违规隔断'
        : (['私拉电线', '电动车入户', '消防设施缺失', '使用瓶装气'] as const)[
            weighted(mix(hash, 4), [0.3, 0.35, 0.2])
          ]!;
    return {
      partitioned: partitioned ? '是' : '否',
      hazard,
      rectification:
        hazard === '无隐患'
          ? '无需整改'
          : (['已整改', '整改中', '未整改'] as const)[weighted(mix(hash, 5), [0.45, 0.35])]!,
      has_extinguisher: chance(mix(hash, 6), crowded ? 0.35 : 0.22) ? '是' : '否',
    };
  }

  function lease(index: number, episode: Episode, day: number, area: number) {
    if (!isLease(episode)) {
      return {
        lease_no: null,
        lease_start: null,
        lease_end: null,
        tenant_name: null,
        tenant_id_no: null,
        tenant_phone: null,
        monthly_rent: null,
        agency: null,
      };
    }
    const start = leaseStart(episode, day);
    const hash = mix(mix(own(index), 7), episode.from);
    const tenant = headAt(households[episode.households[0]!]!, day);
    const rent = area * (62 + 40 * unit(hash)) * (1 + 0.02 * Math.round((start - floor) / LEASE_DAYS));
    return {
      lease_no: `ZL${partsOf(start).year}${String(index).padStart(6, '0')}`,
      lease_start: calendar.date(start),
      lease_end: calendar.date(start + LEASE_DAYS - 1),
      tenant_name: tenant.name,
      tenant_id_no: tenant.id,
      tenant_phone: persons.phone(tenant.index, day),
      monthly_rent: Math.round(rent / 50) * 50,
      agency: pick(mix(hash, 1), AGENCIES),
    };
  }

  return {
    count: addresses.count,
    code: addresses.code,
    address: addresses.address,
    grid: addresses.grid,
    isLet: (index, day) => isLease(settlement.episode(index, day)),
    lastChange: (index, day, mask) => {
      const episode = settlement.episode(index, day);
      let last = 0;
      if (mask & DWELLING_CHANGE.use) last = settlement.lastChange(index, day);
      if (mask & DWELLING_CHANGE.owner) {
        last = Math.max(
          last,
          episode.owner >= 0 ? persons.phoneChange(episode.owner, day) : ownerPhoneChange(index, day),
        );
      }
      if (mask & DWELLING_CHANGE.lease && isLease(episode)) last = Math.max(last, leaseStart(episode, day));
      if (mask & DWELLING_CHANGE.tenantPhone && isLease(episode)) {
        last = Math.max(last, persons.phoneChange(headAt(households[episode.households[0]!]!, day).index, day));
      }
      if (mask & DWELLING_CHANGE.condition) last = Math.max(last, conditionChange(index, day));
      if (mask & DWELLING_CHANGE.meters) last = Math.max(last, readOn(index, day));
      if (mask & DWELLING_CHANGE.company)
        last = Math.max(last, buildings.lastChange(addresses.place(index).buildingIndex, day));
      return last;
    },
    at: (index, day) => {
      const hash = own(index);
      const { building, buildingIndex, staircase, floor: storey, room } = addresses.place(index);
      const episode = settlement.episode(index, day);
      const layout =
        LAYOUTS[
          weighted(mix(hash, 10), building.floors > 7 ? [0.05, 0.12, 0.28, 0.15, 0.3] : [0.22, 0.4, 0.12, 0.18, 0.06])
        ]!;
      const area = Math.round((layout.low + (layout.high - layout.low) * unit(mix(hash, 11))) * 100) / 100;
      const vacant = episode.usage === '空置';
      const crowded = episode.usage === '群租';
      const occupants = episode.households.reduce((sum, each) => sum + membersAt(households[each]!, day).length, 0);
      const held = owner(index, episode, day);
      const visited = visits.last(index, day);
      const worker = geography.worker(building.grid, visited);
      return {
        dwelling_code: addresses.code(index),
        address: addresses.address(index),
        building_code: building.code,
        estate_name: geography.grids[building.grid]!.estate,
        unit_no: String(staircase),
        floor_no: storey,
        room_no: room,
        grid_path: geography.grids[building.grid]!.path,
        area_m2: area,
        layout: layout.text,
        structure: building.structure,
        built_year: building.builtYear,
        property_type: building.propertyType,
        certificate_no: `沪房地锦字(${Math.max(building.builtYear, 1996)})第${String(mix(hash, 12) % 1_000_000).padStart(6, '0')}号`,
        owner_name: held.name,
        owner_id_no: held.id,
        owner_phone: held.phone,
        owner_type:
          building.propertyType === '直管公房' ? '国有' : building.propertyType === '系统公房' ? '单位' : '个人',
        usage_status: episode.usage,
        vacant_since: vacant ? calendar.date(episode.from) : null,
        vacancy_reason: vacant
          ? (['业主外住', '待租', '待售', '装修中', '待拆迁', '其他'] as const)[
              weighted(mix(mix(hash, 13), episode.from), [0.36, 0.28, 0.16, 0.1, 0.04])
            ]!
          : null,
        occupant_count: occupants,
        ...lease(index, episode, day, area),
        rooms_let: isLease(episode) ? (crowded ? layout.rooms + between(mix(hash, 14), 2, 4) : layout.rooms) : null,
        beds: crowded ? Math.max(4, occupants + between(mix(mix(hash, 15), episode.from), 0, 2)) : null,
        ...condition(index, episode, day),
        ...meters(index, day),
        property_company: buildings.company(buildingIndex, day),
        last_visit_date: calendar.date(visited),
        visitor_name: worker.name,
        visitor_phone: worker.phone,
      };
    },
  };
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}
