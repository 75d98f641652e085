import { DWELLING_CHANGE } from '../truth/dwellings.ts';
import { PERSON_CHANGE } from '../truth/persons.ts';
import type { World } from '../truth/world.ts';
import { asRow, assisted, civilPeople, dwellings, LAG, lettings } from './rows.ts';
import type { TableSpec } from './table.ts';

const CIVIL = {
  source: 'civil',
  entity: 'person',
  key: 'id_no',
  codes: 'label',
  dates: 'plain',
  observed: { column: 'gxsj', form: 'time' },
} as const;

const HOUSING = {
  source: 'housing',
  codes: 'standard',
  dates: 'plain',
  observed: { column: 'updated_at', form: 'time' },
} as const;

export function civilPerson(world: World): TableSpec {
  const { home, phone, marital, insurance } = PERSON_CHANGE;
  return {
    ...CIVIL,
    dataset: 'person',
    columns: {
      sfzhm: 'id_no',
      xm: 'name',
      xb: 'gender',
      csrq: 'birth_date',
      lxdh: 'phone',
      hyzk: 'marital_status',
      dj: 'lives_alone',
      swrq: 'death_date',
      yblx: 'medical_insurance',
    },
    lagDays: LAG.slow,
    ...civilPeople(world, (index) => world.civilKnows(index)),
    lastChange: (index, day) => world.persons.lastChange(index, day, home | phone | marital | insurance),
  };
}

export function civilAssistance(world: World): TableSpec {
  const { home, assistance } = PERSON_CHANGE;
  return {
    ...CIVIL,
    dataset: 'assistance',
    columns: { sfzhm: 'id_no', jzlb: 'assistance_type', jzzh: 'assistance_no', yjzje: 'assistance_amount' },
    lagDays: LAG.authority,
    ...assisted(world),
    lastChange: (index, day) => world.persons.lastChange(index, day, home | assistance),
    endMark: (ended) => ({ zt: ended ? '停发' : '在册' }),
  };
}

export function civilDisability(world: World): TableSpec {
  return {
    ...CIVIL,
    dataset: 'disability',
    columns: { sfzhm: 'id_no', cjlb: 'disability_category', cjdj: 'disability_level', cjzh: 'disability_no' },
    lagDays: LAG.authority,
    ...civilPeople(world, world.persons.isDisabled),
    lastChange: () => 0,
  };
}

export function civilElderAllowance(world: World): TableSpec {
  const from = 65 * 365.25;
  return {
    ...CIVIL,
    dataset: 'elder_allowance',
    columns: { sfzhm: 'id_no', yjtje: 'elder_allowance' },
    lagDays: LAG.authority,
    ...civilPeople(world, (index, day) => world.settlement.residents[index]!.birth + from <= day),
    lastChange: (index, day) => world.persons.lastChange(index, day, PERSON_CHANGE.allowance),
  };
}

export function housingProperty(world: World): TableSpec {
  const { use, owner, meters, company } = DWELLING_CHANGE;
  return {
    ...HOUSING,
    dataset: 'property',
    entity: 'dwelling',
    key: 'dwelling_code',
    columns: {
      house_code: 'dwelling_code',
      location: 'address',
      building_code: 'building_code',
      unit_no: 'unit_no',
      floor_no: 'floor_no',
      room_no: 'room_no',
      area_m2: 'area_m2',
      layout: 'layout',
      structure: 'structure',
      built_year: 'built_year',
      tenure: 'property_type',
      certificate_no: 'certificate_no',
      owner_name: 'owner_name',
      owner_id_no: 'owner_id_no',
      owner_phone: 'owner_phone',
      owner_type: 'owner_type',
      usage: 'usage_status',
      water_m3: 'water_m3',
      electricity_kwh: 'electricity_kwh',
      manager: 'property_company',
    },
    // Meters are read by the office itself.
    lagDays: [0, 2],
    ...dwellings(world.dwellings),
    lastChange: (index, day) => world.dwellings.lastChange(index, day, use | owner | meters | company),
  };
}

export function housingLease(world: World): TableSpec {
  const { use, lease, tenantPhone } = DWELLING_CHANGE;
  return {
    ...HOUSING,
    dataset: 'lease',
    entity: 'dwelling',
    key: 'dwelling_code',
    columns: {
      house_code: 'dwelling_code',
      lease_no: 'lease_no',
      start_date: 'lease_start',
      end_date: 'lease_end',
      tenant_name: 'tenant_name',
      tenant_id_no: 'tenant_id_no',
      tenant_phone: 'tenant_phone',
      monthly_rent: 'monthly_rent',
      agency: 'agency',
    },
    lagDays: LAG.authority,
    ...lettings(world),
    lastChange: (index, day) => world.dwellings.lastChange(index, day, use | lease | tenantPhone),
    endMark: (ended) => ({ status: ended ? 'ended' : 'active' }),
  };
}

export function housingBuilding(world: World): TableSpec {
  const { buildings } = world;
  return {
    ...HOUSING,
    dataset: 'building',
    entity: 'building',
    key: 'building_code',
    columns: {
      building_code: 'building_code',
      building_name: 'building_name',
      address: 'address',
      grid_path: 'grid_path',
      building_use: 'building_use',
      floors_above: 'floors_above',
      floors_below: 'floors_below',
      area_m2: 'area_m2',
      built_year: 'built_year',
      elevators: 'elevators',
      manager: 'property_company',
    },
    lagDays: LAG.authority,
    count: () => buildings.list.length,
    keyOf: (index) => buildings.list[index]!.code,
    first: () => 0,
    standing: (_, day) => ({ on: day, ended: 0 }),
    truth: (index, day) => asRow(buildings.at(index, day)),
    lastChange: buildings.lastChange,
  };
}

export function housingSpace(world: World): TableSpec {
  const { enterprises } = world;
  return {
    ...HOUSING,
    dataset: 'space',
    entity: 'space',
    key: 'space_code',
    columns: {
      space_code: 'space_code',
      building_code: 'building_code',
      floor_no: 'floor_no',
      room_no: 'room_no',
      area_m2: 'area_m2',
      space_status: 'space_status',
      tenant_credit_code: 'tenant_credit_code',
      rent_per_m2_day: 'rent_per_m2_day',
      lease_start: 'lease_start',
      lease_end: 'lease_end',
    },
    lagDays: LAG.authority,
    count: () => enterprises.spaceCount,
    keyOf: enterprises.spaceCode,
    first: () => 0,
    standing: (_, day) => ({ on: day, ended: 0 }),
    truth: (index, day) => asRow(enterprises.space(index, day)),
    lastChange: enterprises.spaceChange,
  };
}
