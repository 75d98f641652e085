import { DWELLING_CHANGE } from '../truth/dwellings.ts';
import { PERSON_CHANGE } from '../truth/persons.ts';
import type { World } from '../truth/world.ts';
import { asRow, LAG, lettings, residents } from './rows.ts';
import type { TableSpec } from './table.ts';

/** The police strike out who has left or died: 注销标识 1. */
const struckOut = (ended: boolean) => ({ zxbs: ended ? '1' : '0' });

export function policeRegistration(world: World): TableSpec {
  const { home, phone, hukou } = PERSON_CHANGE;
  return {
    source: 'police',
    dataset: 'registration',
    entity: 'person',
    key: 'id_no',
    columns: {
      sfzh: 'id_no',
      xm: 'name',
      xb: 'gender',
      csrq: 'birth_date',
      mz: 'ethnicity',
      rylb: 'hukou_type',
      hjdz: 'hukou_address',
      lxdh: 'phone',
      hh: 'household_no',
      yhzgx: 'relation_to_head',
      bzdzbm: 'dwelling_code',
      rzrq: 'move_in_date',
      swrq: 'death_date',
    },
    codes: 'standard',
    dates: 'compact',
    observed: { column: 'djsj', form: 'compactTime' },
    lagDays: LAG.authority,
    ...residents(world),
    lastChange: (index, day) => world.persons.lastChange(index, day, home | phone | hukou),
    endMark: struckOut,
  };
}

export function policeRental(world: World): TableSpec {
  return {
    source: 'police',
    dataset: 'rental',
    entity: 'dwelling',
    key: 'dwelling_code',
    columns: { bzdzbm: 'dwelling_code', czrxm: 'tenant_name', czrsfzh: 'tenant_id_no', jzrs: 'occupant_count' },
    codes: 'standard',
    dates: 'compact',
    observed: { column: 'djsj', form: 'compactTime' },
    lagDays: LAG.slow,
    ...lettings(world),
    truth: (index, day) => asRow(world.dwellings.at(index, day)),
    lastChange: (index, day) => world.dwellings.lastChange(index, day, DWELLING_CHANGE.use),
    endMark: struckOut,
  };
}
