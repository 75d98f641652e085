import type { SqlSession } from '../../warehouse/index.ts';
import { addGolden, type Field, type GoldenRow } from './publication.ts';

/** The day of the campaigns in these tests, and a day on which observations are fresh. */
export const TODAY = '2026-11-22';
export const FRESH = '2026-11-10';
/** Older than any time to live of the catalogue. */
export const OLD = '2023-01-01';

const G01 = '310199/001/c05/g01';

/** A vacant dwelling of which everything is known and fresh. */
export function vacant(code: string, change: Readonly<Record<string, Field | string | number | null>> = {}): GoldenRow {
  return {
    dwelling_code: code,
    address: `锦澜路${code}号`,
    estate_name: '锦园',
    unit_no: '1',
    floor_no: 3,
    room_no: '301',
    grid_path: G01,
    area_m2: 85.5,
    layout: '两室一厅',
    structure: '钢混',
    built_year: 1998,
    property_type: '商品房',
    owner_type: '个人',
    owner_name: '张三',
    owner_id_no: '11010519491231002X',
    owner_phone: '13800000000',
    certificate_no: `证${code}`,
    usage_status: '空置',
    water_m3: 0,
    electricity_kwh: 1.5,
    vacant_since: '2026-05-01',
    vacancy_reason: '待租',
    partitioned: '否',
    hazard: '无隐患',
    rectification: '无需整改',
    last_visit_date: '2026-11-01',
    visitor_name: '李四',
    ...change,
  };
}

export async function addDwellings(sql: SqlSession, rows: readonly GoldenRow[]): Promise<void> {
  await addGolden(sql, 'housing.dwelling', FRESH, rows);
}
