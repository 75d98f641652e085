import { creditCodeCheckDigit } from '../../core/checks.ts';
import { type Calendar, monthStart, partsOf } from '../calendar.ts';
import { between, chance, lastChange, mix, pick, spread, tail, unit, weighted } from '../random.ts';
import { FIRM_HEADS, FIRM_KINDS, SHOP_WORDS } from '../vocabulary.ts';
import type { Buildings } from './buildings.ts';
import { type Geography, mobile } from './geography.ts';
import { givenName, surname } from './names.ts';
import type { Rhythm } from './rhythm.ts';

export interface EnterpriseTruth {
  readonly credit_code: string;
  readonly name: string;
  readonly legal_person: string;
  readonly reg_address: string;
  readonly biz_address: string;
  readonly grid_path: string;
  readonly industry: string;
  readonly enterprise_type: string;
  readonly reg_capital: number;
  readonly paid_capital: number;
  readonly established_on: string;
  readonly reg_status: string;
  readonly scale: string;
  readonly employees: number;
  readonly contact_name: string;
  readonly contact_phone: string;
  readonly taxpayer_type: string;
  readonly tax_office: string;
  readonly business_scope: string;
  readonly building_code: string | null;
  readonly key_enterprise: string;
  readonly last_visit_date: string | null;
}

export interface TaxMonthTruth {
  readonly credit_code: string;
  readonly month: string;
  readonly revenue: number;
  readonly vat: number;
  readonly corporate_income_tax: number;
  readonly personal_income_tax: number;
  readonly other_tax: number;
  readonly total_tax: number;
}

export interface SpaceTruth {
  readonly space_code: string;
  readonly building_code: string;
  readonly floor_no: number;
  readonly room_no: string;
  readonly area_m2: number;
  readonly space_status: string;
  readonly tenant_credit_code: string | null;
  readonly rent_per_m2_day: number | null;
  readonly lease_start: string | null;
  readonly lease_end: string | null;
}

/** What can change about an enterprise, as bits. */
export const ENTERPRISE_CHANGE = { place: 1, status: 2, people: 4, contact: 8, size: 16, key: 32 } as const;
const RATES = { place: 0.05, status: 0.035, people: 0.5, contact: 0.09, size: 0.03, key: 0.01, legal: 0.03 } as const;
type Slot = keyof typeof RATES;
const SLOTS = Object.keys(RATES) as Slot[];

export interface Enterprises {
  /** How many have been established up to `day`; their indices are 0 … count − 1. */
  count(day: number): number;
  code(index: number): string;
  name(index: number): string;
  at(index: number, day: number): EnterpriseTruth | null;
  lastChange(index: number, day: number, mask: number): number;
  established(index: number): number;
  /** Null in months before it was established or after it closed. */
  taxOf(index: number, month: number): TaxMonthTruth | null;
  readonly spaceCount: number;
  spaceCode(index: number): string;
  space(index: number, day: number): SpaceTruth;
  spaceChange(index: number, day: number): number;
}

export interface EnterprisesParts {
  readonly seed: number;
  readonly scale: number;
  readonly calendar: Calendar;
  readonly geography: Geography;
  readonly buildings: Buildings;
  readonly visits: Rhythm;
  readonly floor: number;
}

const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const LEASE_DAYS = 1096;

export function createEnterprises(parts: EnterprisesParts): Enterprises {
  const { calendar, geography, buildings, visits, floor } = parts;
  const salt = mix(parts.seed, 71);
  const initial = Math.max(20, Math.round(6_500 * parts.scale * 0.93));
  const daysPerNew = 365 / (0.06 * (initial / 0.93));
  const own = (index: number) => mix(salt, index);

  const letSpaces: number[] = [];
  const freeSpaces: number[] = [];
  const roomOf = new Map<number, number>();
  const officeOf = new Int32Array(buildings.spaces);
  for (const office of buildings.offices) {
    const { first, count } = buildings.list[office]!;
    officeOf.fill(office, first, first + count);
  }
  const spaceKind = (index: number) => weighted(mix(mix(salt, 1), index), [0.72, 0.09, 0.16]);
  for (let at = 0; at < buildings.spaces; at++) {
    if (spaceKind(at) === 0) letSpaces.push(at);
    if (spaceKind(at) === 2) freeSpaces.push(at);
  }
  letSpaces.forEach((space, at) => {
    if (at < initial) roomOf.set(at, space);
  });
  freeSpaces.forEach((space, at) => {
    roomOf.set(initial + at * 2, space);
  });
  const firmIn = new Map([...roomOf].map(([firm, space]) => [space, firm]));

  const oldest = Int32Array.from(
    { length: initial },
    (_, index) => floor - 30 - Math.floor(unit(mix(own(index), 1)) ** 1.6 * 22 * 365),
  );
  const established = (index: number) =>
    index < initial ? oldest[index]! : floor + Math.floor((index - initial + 1) * daysPerNew);
  const changed = (index: number, slot: Slot, day: number) =>
    lastChange(mix(own(index), 100 + SLOTS.indexOf(slot)), RATES[slot], day, Math.max(floor, established(index) + 30));
  const version = (index: number, slot: Slot, day: number) =>
    mix(mix(own(index), 200 + SLOTS.indexOf(slot)), changed(index, slot, day));

  /** Day on which it closed or moved away, 0 while it is in business: the first change counts, it does not come back. */
  function closedOn(index: number, day: number): number {
    let last = changed(index, 'status', day);
    for (let before = last; before > 0; ) {
      last = before;
      before = changed(index, 'status', before - 1);
    }
    return last;
  }
  const status = (index: number, day: number) => {
    const closed = closedOn(index, day);
    return closed === 0 ? '存续' : (['注销', '吊销', '迁出'] as const)[weighted(mix(own(index), closed), [0.7, 0.12])]!;
  };
  /** The space it sits in, as long as it has neither moved nor closed. */
  const spaceAt = (index: number, day: number) =>
    day >= established(index) && changed(index, 'place', day) === 0 && closedOn(index, day) === 0
      ? roomOf.get(index)
      : undefined;

  const isShop = (index: number) => !roomOf.has(index) && chance(mix(own(index), 2), 0.25);
  const kind = (index: number) =>
    isShop(index) ? FIRM_KINDS[chance(mix(own(index), 3), 0.5) ? 2 : 5]! : pick(mix(own(index), 3), FIRM_KINDS);
  const size = (index: number) => tail(mix(own(index), 4)) * (isShop(index) ? 0.12 : 1);

  function code(index: number): string {
    let rest = (index * 48_271 + 1_234_577) % 31 ** 6;
    let serial = '';
    for (let at = 0; at < 6; at++) {
      serial = ALPHABET[rest % 31] + serial;
      rest = Math.floor(rest / 31);
    }
    const first17 = `${isShop(index) ? '92' : '91'}310199MA1${serial}`;
    return first17 + creditCodeCheckDigit(first17);
  }

  function name(index: number): string {
    const heads = FIRM_HEADS.length;
    const brand = `${FIRM_HEADS[index % heads]}${FIRM_HEADS[Math.floor(index / heads) % heads]}${index < heads * heads ? '' : FIRM_HEADS[Math.floor(index / heads / heads) % heads]}`;
    if (isShop(index)) return `锦澜街道${brand}${pick(mix(own(index), 5), SHOP_WORDS)}`;
    return `上海${brand}${kind(index).word}${chance(mix(own(index), 6), 0.04) ? '股份' : ''}有限公司`;
  }

  function spaceParts(index: number): { building: (typeof buildings.list)[number]; floor: number; room: string } {
    const building = buildings.list[officeOf[index]!]!;
    const at = index - building.first;
    const storey = Math.floor(at / building.perFloor) + 1;
    return { building, floor: storey, room: `${storey}${String((at % building.perFloor) + 1).padStart(2, '0')}` };
  }

  function place(index: number, day: number): { address: string; grid: number; building: string | null } {
    const space = spaceAt(index, day);
    if (space !== undefined) {
      const { building, room } = spaceParts(space);
      return { address: `${building.address}${building.name}${room}室`, grid: building.grid, building: building.code };
    }
    const hash = version(index, 'place', day);
    const grid = Math.floor(unit(hash) * geography.grids.length);
    return {
      address: `${geography.grids[grid]!.street}${between(mix(hash, 1), 1, 1999)}号${isShop(index) ? '底层' : `${between(mix(hash, 2), 1, 6)}楼`}`,
      grid,
      building: null,
    };
  }

  const scaleOf = (index: number, day: number) => {
    const grown = size(index) * (0.8 + 0.5 * unit(version(index, 'size', day)));
    return grown > 14 ? '大型' : grown > 4 ? '中型' : grown > 0.8 ? '小型' : '微型';
  };
  const employees = (index: number, day: number) =>
    Math.max(1, Math.round(9 * size(index) * (0.85 + 0.3 * unit(version(index, 'people', day)))));

  return {
    count: (day) => initial + Math.max(0, Math.floor((day - floor) / daysPerNew)),
    code,
    name,
    established,
    at: (index, day) => {
      if (day < established(index)) return null;
      const hash = own(index);
      const where = place(index, day);
      const capital = Math.max(3, Math.round((size(index) * 120) / 10) * 10);
      const visit = visits.last(index, day);
      const contact = version(index, 'contact', day);
      const legal = version(index, 'legal', day);
      const sameAddress = chance(mix(hash, 10), 0.62);
      return {
        credit_code: code(index),
        name: name(index),
        legal_person: surname(mix(legal, 1)) + givenName(mix(legal, 2), chance(legal, 0.35)),
        reg_address: sameAddress
          ? where.address
          : `${geography.grids[mix(hash, 11) % geography.grids.length]!.street}${between(mix(hash, 12), 1, 1999)}号${between(mix(hash, 13), 1, 9)}幢${between(mix(hash, 14), 101, 899)}室`,
        biz_address: where.address,
        grid_path: geography.grids[where.grid]!.path,
        industry: kind(index).industry,
        enterprise_type: isShop(index)
          ? '个体工商户'
          : name(index).includes('股份')
            ? '股份有限公司'
            : (['有限责任公司', '外商投资企业', '合伙企业', '个人独资企业', '国有企业'] as const)[
                weighted(mix(hash, 15), [0.86, 0.05, 0.04, 0.03])
              ]!,
        reg_capital: capital,
        paid_capital: Math.round(capital * (0.2 + 0.8 * unit(mix(hash, 16)))),
        established_on: calendar.date(established(index)),
        reg_status: status(index, day),
        scale: scaleOf(index, day),
        employees: employees(index, day),
        contact_name: surname(mix(contact, 1)) + givenName(mix(contact, 2), chance(contact, 0.5)),
        contact_phone: mobile(mix(contact, 3)),
        taxpayer_type: size(index) > 0.7 ? '一般纳税人' : '小规模纳税人',
        tax_office: `浦汇区税务局第${(['一', '三', '七'] as const)[mix(hash, 17) % 3]}税务所`,
        business_scope: kind(index).scope,
        building_code: where.building,
        key_enterprise: chance(mix(version(index, 'key', day), 1), size(index) > 8 ? 0.7 : 0.01) ? '是' : '否',
        last_visit_date: visit >= established(index) ? calendar.date(visit) : null,
      };
    },
    lastChange: (index, day, mask) => {
      let last = established(index);
      if (mask & ENTERPRISE_CHANGE.place) last = Math.max(last, changed(index, 'place', day), closedOn(index, day));
      if (mask & ENTERPRISE_CHANGE.status) last = Math.max(last, closedOn(index, day), changed(index, 'legal', day));
      if (mask & ENTERPRISE_CHANGE.people) last = Math.max(last, changed(index, 'people', day));
      if (mask & ENTERPRISE_CHANGE.contact) last = Math.max(last, changed(index, 'contact', day));
      if (mask & ENTERPRISE_CHANGE.size) last = Math.max(last, changed(index, 'size', day));
      if (mask & ENTERPRISE_CHANGE.key) last = Math.max(last, changed(index, 'key', day));
      return last <= day ? last : 0;
    },
    taxOf: (index, month) => {
      const next = monthStart(month, 1);
      const closed = closedOn(index, next - 1);
      if (established(index) >= next || (closed > 0 && closed < month)) return null;
      const number = partsOf(month).month;
      const hash = mix(mix(own(index), 300), month);
      const season =
        1 + 0.12 * Math.sin((number / 12) * 2 * Math.PI) + (number === 12 ? 0.15 : number === 2 ? -0.18 : 0);
      const revenue = round2(26 * size(index) * season * (0.7 + 0.6 * unit(hash)));
      const vat = round2(revenue * (size(index) > 0.7 ? 0.035 : 0.01) * spread(mix(hash, 1)));
      const quarterly = number % 3 === 1;
      const corporate = quarterly ? round2(revenue * 0.045 * spread(mix(hash, 2))) : 0;
      const personal = round2(employees(index, next - 1) * 0.055 * spread(mix(hash, 3)));
      const other = round2(vat * 0.12 + 0.02);
      return {
        credit_code: code(index),
        month: calendar.month(month),
        revenue,
        vat,
        corporate_income_tax: corporate,
        personal_income_tax: personal,
        other_tax: other,
        total_tax: round2(vat + corporate + personal + other),
      };
    },
    spaceCount: buildings.spaces,
    spaceCode: (index) => {
      const { building, room } = spaceParts(index);
      return `${building.code}S${room.padStart(4, '0')}`;
    },
    space: (index, day) => {
      const { building, floor: storey, room } = spaceParts(index);
      const hash = mix(mix(salt, 2), index);
      const firm = firmIn.get(index);
      const tenant = firm !== undefined && spaceAt(firm, day) === index ? firm : undefined;
      const since = tenant === undefined ? 0 : leaseStart(tenant, day);
      const ownUse = spaceKind(index) === 1;
      return {
        space_code: `${building.code}S${room.padStart(4, '0')}`,
        building_code: building.code,
        floor_no: storey,
        room_no: room,
        area_m2: Math.round((60 + 380 * unit(mix(hash, 1)) ** 2) * 10) / 10,
        space_status: tenant !== undefined ? '在租' : ownUse ? '自用' : chance(mix(hash, 2), 0.14) ? '装修' : '空置',
        tenant_credit_code: tenant === undefined ? null : code(tenant),
        rent_per_m2_day: tenant === undefined ? null : Math.round((2.8 + 5 * unit(mix(mix(hash, 3), since))) * 10) / 10,
        lease_start: tenant === undefined ? null : calendar.date(since),
        lease_end: tenant === undefined ? null : calendar.date(since + LEASE_DAYS - 1),
      };
    },
    spaceChange: (index, day) => {
      const firm = firmIn.get(index);
      if (firm === undefined || day < established(firm)) return 0;
      if (spaceAt(firm, day) === index) return leaseStart(firm, day);
      let left = changed(firm, 'place', day);
      for (let before = left; before > 0; before = changed(firm, 'place', before - 1)) left = before;
      const closed = closedOn(firm, day);
      return left > 0 && closed > 0 ? Math.min(left, closed) : Math.max(left, closed);
    },
  };

  function leaseStart(firm: number, day: number): number {
    const moved = Math.max(established(firm), floor - 3 * 365 + (mix(own(firm), 18) % 700));
    return moved + Math.max(0, Math.floor((day - moved) / LEASE_DAYS)) * LEASE_DAYS;
  }
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
