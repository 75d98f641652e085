import type { World } from '../truth/world.ts';
import { asRow, LAG } from './rows.ts';
import type { TableSpec } from './table.ts';

const PLAIN = { codes: 'standard', dates: 'plain', observed: { column: 'updatedAt', form: 'stamp' } } as const;

/** Places that neither come nor go nor change. */
const FIXED: Pick<TableSpec, 'first' | 'standing' | 'lastChange' | 'lagDays'> = {
  first: () => 0,
  standing: (_, day) => ({ on: day, ended: 0 }),
  lastChange: () => 0,
  lagDays: LAG.authority,
};

export function gridCamera(world: World): TableSpec {
  const { cameras } = world;
  return {
    ...PLAIN,
    ...FIXED,
    source: 'grid',
    dataset: 'camera',
    entity: 'camera',
    key: 'camera_code',
    columns: {
      cameraCode: 'camera_code',
      name: 'name',
      gridPath: 'grid_path',
      zoneCode: 'zone_code',
      lng: 'lng',
      lat: 'lat',
      protocol: 'protocol',
    },
    count: () => cameras.count,
    keyOf: cameras.code,
    truth: (index) => asRow(cameras.at(index)),
    endMark: (deleted) => ({ deleted }),
  };
}

export function signalZone(world: World): TableSpec {
  const { crowd } = world;
  return {
    ...PLAIN,
    ...FIXED,
    source: 'signal',
    dataset: 'zone',
    entity: 'zone',
    key: 'zone_code',
    columns: {
      zoneCode: 'zone_code',
      zoneName: 'name',
      gridPath: 'grid_path',
      areaM2: 'area_m2',
      headcountLimit: 'headcount_limit',
      lng: 'lng',
      lat: 'lat',
    },
    count: () => crowd.count,
    keyOf: crowd.code,
    truth: (index) => asRow(crowd.zone(index)),
  };
}

export function parkingLot(world: World): TableSpec {
  const { parking } = world;
  return {
    ...PLAIN,
    ...FIXED,
    source: 'parking',
    dataset: 'lot',
    entity: 'lot',
    key: 'lot_code',
    columns: {
      parkCode: 'lot_code',
      parkName: 'name',
      gridPath: 'grid_path',
      parkType: 'lot_type',
      totalSpaces: 'total_spaces',
      operator: 'operator',
      lng: 'lng',
      lat: 'lat',
    },
    count: () => parking.count,
    keyOf: parking.code,
    truth: (index) => asRow(parking.lot(index)),
  };
}
