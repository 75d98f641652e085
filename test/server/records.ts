import { civilTimestamp, idNumberCheckDigit, type JsonObject, type OrgUnit, orgPath } from '../../core/index.ts';

export const OFFICE = '310199/001';

/** A subdistrict of two communities with two grids each. */
export const UNITS: readonly OrgUnit[] = [
  { path: orgPath('310199'), name: '澄江区', kind: 'district' },
  { path: orgPath(OFFICE), name: '锦澜街道', kind: 'subdistrict' },
  { path: orgPath(`${OFFICE}/c05`), name: '春晓居民区', kind: 'community' },
  { path: orgPath(`${OFFICE}/c05/g01`), name: '春晓第一网格', kind: 'grid' },
  { path: orgPath(`${OFFICE}/c05/g02`), name: '春晓第二网格', kind: 'grid' },
  { path: orgPath(`${OFFICE}/c06`), name: '望江居民区', kind: 'community' },
  { path: orgPath(`${OFFICE}/c06/g01`), name: '望江第一网格', kind: 'grid' },
];

const DAY_MS = 86_400_000;
const GRIDS = [`${OFFICE}/c05/g01`, `${OFFICE}/c05/g02`, `${OFFICE}/c06/g01`] as const;
/** What is in doubt of every fourth dwelling, in turn. */
const DOUBTS = ['stale', 'missing', 'usage', 'phone'] as const;
const OWNERS = ['张伟', '李静', '王秀英', '刘洋', '陈敏', '杨磊', '赵丽', '周强'] as const;

/** What the two offices say about so many dwellings on one day; every fourth has something in doubt. */
export function dwellingRecords(count: number, today: Date): { grid: JsonObject[]; housing: JsonObject[] } {
  const day = (ago: number) => civilTimestamp(new Date(today.getTime() - ago * DAY_MS));
  const grid: JsonObject[] = [];
  const housing: JsonObject[] = [];
  for (let i = 0; i < count; i++) {
    const code = `31019900100${String(i + 1).padStart(5, '0')}`;
    const place = {
      grid: GRIDS[i % 3]!,
      lane: 100 + Math.floor(i / 12),
      house: 1 + (i % 12),
      room: `${1 + (i % 6)}0${1 + (i % 4)}`,
    };
    const address = `春晓路${place.lane}弄${place.house}号${place.room}室`;
    const owner = OWNERS[i % OWNERS.length]!;
    const phone = `138${String(10_000_000 + i * 137)}`;
    const doubt = i % 4 === 1 ? DOUBTS[(i >> 2) % DOUBTS.length] : undefined;
    grid.push({
      dwellingCode: code,
      address,
      buildingCode: `B${place.lane}${place.house}`,
      estateName: ['春晓一村', '澜庭花园', '锦绣苑'][i % 3]!,
      unitNo: '1',
      floorNo: 1 + (i % 6),
      roomNo: place.room,
      gridPath: place.grid,
      layout: '两室一厅',
      ownerName: owner,
      ownerPhone: phone,
      usageStatus: i % 9 === 8 ? '1' : '4',
      vacantSince: doubt === 'missing' ? null : `2026-0${1 + (i % 8)}-15`,
      vacancyReason: doubt === 'missing' ? null : '1',
      partitioned: '0',
      hazard: '0',
      rectification: '0',
      lastVisitDate: '2026-11-05',
      visitorName: '网格员小周',
      deleted: false,
      // 180 days is how long a usage stays good.
      updatedAt: day(doubt === 'stale' ? 400 : 12),
    });
    housing.push({
      house_code: code,
      location: address,
      building_code: `B${place.lane}${place.house}`,
      unit_no: '1',
      floor_no: 1 + (i % 6),
      room_no: place.room,
      area_m2: 62.5 + (i % 40),
      layout: '两室一厅',
      structure: '1',
      built_year: 1996 + (i % 20),
      tenure: '1',
      certificate_no: `沪房地锦字2019第${String(i).padStart(6, '0')}号`,
      owner_name: owner,
      owner_id_no: idNumber(i),
      owner_phone: doubt === 'phone' ? '13900001111' : phone,
      owner_type: '1',
      usage: doubt === 'usage' ? '2' : i % 9 === 8 ? '1' : '4',
      water_m3: 0,
      electricity_kwh: 3.5,
      manager: '锦澜物业',
      updated_at: day(3),
    });
  }
  return { grid, housing };
}

function idNumber(i: number): string {
  const first17 = `3101991970010${String(1 + (i % 9))}${String(i % 1000).padStart(3, '0')}`;
  return first17 + idNumberCheckDigit(first17);
}
