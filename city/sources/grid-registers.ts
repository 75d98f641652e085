import { DWELLING_CHANGE } from '../truth/dwellings.ts';
import { ENTERPRISE_CHANGE } from '../truth/enterprises.ts';
import { PERSON_CHANGE } from '../truth/persons.ts';
import type { World } from '../truth/world.ts';
import { asRow, dwellings, enterprises, LAG, residents } from './rows.ts';
import type { TableSpec } from './table.ts';

export function gridResident(world: World): TableSpec {
  const people = residents(world);
  const mask =
    PERSON_CHANGE.home |
    PERSON_CHANGE.phone |
    PERSON_CHANGE.hukou |
    PERSON_CHANGE.residence |
    PERSON_CHANGE.education |
    PERSON_CHANGE.marital |
    PERSON_CHANGE.work |
    PERSON_CHANGE.political;
  return {
    source: 'grid',
    dataset: 'resident',
    entity: 'person',
    key: 'id_no',
    columns: {
      idNo: 'id_no',
      name: 'name',
      gender: 'gender',
      birthDate: 'birth_date',
      ethnicity: 'ethnicity',
      hukouType: 'hukou_type',
      phone: 'phone',
      householdNo: 'household_no',
      relation: 'relation_to_head',
      dwellingCode: 'dwelling_code',
      gridPath: 'grid_path',
      residenceStatus: 'residence_status',
      moveInDate: 'move_in_date',
      education: 'education',
      maritalStatus: 'marital_status',
      occupation: 'occupation',
      employer: 'employer',
      politicalStatus: 'political_status',
      livesAlone: 'lives_alone',
      lastVisitDate: 'last_visit_date',
    },
    codes: 'standard',
    dates: 'plain',
    observed: { column: 'updatedAt', form: 'stamp' },
    lagDays: LAG.grid,
    ...people,
    lastChange: (index, day) => world.persons.lastChange(index, day, mask),
    rhythm: world.visits.resident,
    endMark: (deleted) => ({ deleted }),
    extra: (index) => ({ residentId: `R${String(index + 1).padStart(8, '0')}` }),
  };
}

export function gridHousehold(world: World): TableSpec {
  const list = world.settlement.households;
  return {
    source: 'grid',
    dataset: 'household',
    entity: 'household',
    key: 'household_no',
    columns: {
      householdNo: 'household_no',
      headName: 'head_name',
      headIdNo: 'head_id_no',
      headPhone: 'head_phone',
      size: 'size',
      dwellingCode: 'dwelling_code',
      gridPath: 'grid_path',
      householdType: 'household_type',
      lowIncome: 'low_income',
      registeredAt: 'registered_at',
    },
    codes: 'standard',
    dates: 'plain',
    observed: { column: 'updatedAt', form: 'stamp' },
    lagDays: LAG.grid,
    count: () => list.length,
    keyOf: world.households.no,
    first: (index) => list[index]!.from,
    standing: (index, day) => {
      const { from, gone } = list[index]!;
      if (from > day) return null;
      return gone > 0 && gone <= day ? { on: gone - 1, ended: gone } : { on: day, ended: 0 };
    },
    truth: (index, day) => asRow(world.households.at(index, day)),
    lastChange: world.households.lastChange,
    endMark: (deleted) => ({ deleted }),
  };
}

export function gridDwelling(world: World): TableSpec {
  const mask = DWELLING_CHANGE.use | DWELLING_CHANGE.owner | DWELLING_CHANGE.condition | DWELLING_CHANGE.company;
  return {
    source: 'grid',
    dataset: 'dwelling',
    entity: 'dwelling',
    key: 'dwelling_code',
    columns: {
      dwellingCode: 'dwelling_code',
      address: 'address',
      buildingCode: 'building_code',
      estateName: 'estate_name',
      unitNo: 'unit_no',
      floorNo: 'floor_no',
      roomNo: 'room_no',
      gridPath: 'grid_path',
      layout: 'layout',
      ownerName: 'owner_name',
      ownerPhone: 'owner_phone',
      usageStatus: 'usage_status',
      vacantSince: 'vacant_since',
      vacancyReason: 'vacancy_reason',
      occupantCount: 'occupant_count',
      roomsLet: 'rooms_let',
      beds: 'beds',
      partitioned: 'partitioned',
      hazard: 'hazard',
      rectification: 'rectification',
      hasExtinguisher: 'has_extinguisher',
      propertyCompany: 'property_company',
      lastVisitDate: 'last_visit_date',
      visitorName: 'visitor_name',
      visitorPhone: 'visitor_phone',
    },
    codes: 'standard',
    dates: 'plain',
    observed: { column: 'updatedAt', form: 'stamp' },
    lagDays: LAG.grid,
    ...dwellings(world.dwellings),
    lastChange: (index, day) => world.dwellings.lastChange(index, day, mask),
    rhythm: world.visits.dwelling,
    endMark: (deleted) => ({ deleted }),
  };
}

export function gridEnterprise(world: World): TableSpec {
  const { place, people, contact, key } = ENTERPRISE_CHANGE;
  return {
    source: 'grid',
    dataset: 'enterprise',
    entity: 'enterprise',
    key: 'credit_code',
    columns: {
      creditCode: 'credit_code',
      name: 'name',
      bizAddress: 'biz_address',
      gridPath: 'grid_path',
      employees: 'employees',
      contactName: 'contact_name',
      contactPhone: 'contact_phone',
      buildingCode: 'building_code',
      keyEnterprise: 'key_enterprise',
      lastVisitDate: 'last_visit_date',
    },
    codes: 'standard',
    dates: 'plain',
    observed: { column: 'updatedAt', form: 'stamp' },
    lagDays: LAG.grid,
    ...enterprises(world),
    lastChange: (index, day) => world.enterprises.lastChange(index, day, place | people | contact | key),
    rhythm: world.visits.enterprise,
    endMark: (deleted) => ({ deleted }),
  };
}
