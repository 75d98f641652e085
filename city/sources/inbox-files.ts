import type { Json } from '../../core/json.ts';
import type { Sheet } from '../formats/xlsx.ts';
import { chance, mix } from '../random.ts';
import { ENTERPRISE_CHANGE } from '../truth/enterprises.ts';
import { createRhythm } from '../truth/rhythm.ts';
import type { World } from '../truth/world.ts';
import { RATES } from './faults.ts';
import { enterprises, LAG } from './rows.ts';
import {
  createTable,
  createWriter,
  lowerBound,
  positionAt,
  type Table,
  type TableParts,
  type TableShape,
  type TableSpec,
  type TruthRow,
} from './table.ts';

/** How a file differs from the usual: known other names and an extra column, or a name that nobody has heard of. */
export interface Quirk {
  readonly changed: boolean;
  readonly unknown: boolean;
}

type Cell = string | number | null;

/** A register on the day of a delivery, and whose rows of it changed after an earlier day. */
export interface RegisterOn {
  readonly table: Table;
  changedAfter(day: number): ReadonlySet<string>;
}

/** `base` is the day of the delivery that holds the whole register: its rows are dated in the month before. */
function registerOn(parts: TableParts, base: number, due: number, spec: TableSpec, tag: number): RegisterOn {
  return {
    table: createTable(standingOn(parts, base, due), spec, tag),
    changedAfter: (day) => {
      const keys = new Set<string>();
      for (let index = 0; index < spec.count(due); index++)
        if (spec.lastChange(index, due) > day) keys.add(spec.keyOf(index));
      return keys;
    },
  };
}

function standingOn(parts: TableParts, base: number, due: number): TableParts {
  return {
    ...parts,
    base,
    timeline: { day: () => due, horizon: () => (due + 1) * 86_400 },
    rhythmOf: (salt, staleRate) => createRhythm({ salt, base, staleRate, everyPeriods: 16 }),
  };
}

export function taxRegister(parts: TableParts, world: World, base: number, due: number): RegisterOn {
  const { place, status, people, contact, size } = ENTERPRISE_CHANGE;
  return registerOn(
    parts,
    base,
    due,
    {
      source: 'tax',
      dataset: 'taxpayer',
      entity: 'enterprise',
      key: 'credit_code',
      columns: {
        纳税人识别号: 'credit_code',
        纳税人名称: 'name',
        法定代表人: 'legal_person',
        生产经营地址: 'biz_address',
        行业门类: 'industry',
        登记状态: 'reg_status',
        企业规模: 'scale',
        从业人数: 'employees',
        联系人: 'contact_name',
        联系电话: 'contact_phone',
        纳税人类型: 'taxpayer_type',
        主管税务机关: 'tax_office',
      },
      codes: 'label',
      dates: 'plain',
      observed: { column: '更新日期', form: 'date' },
      lagDays: LAG.slow,
      ...enterprises(world),
      lastChange: (index, day) => world.enterprises.lastChange(index, day, place | status | people | contact | size),
    },
    221,
  );
}

export function marketRegister(parts: TableParts, world: World, base: number, due: number): RegisterOn {
  const { place, status, size } = ENTERPRISE_CHANGE;
  return registerOn(
    parts,
    base,
    due,
    {
      source: 'market',
      dataset: 'enterprise',
      entity: 'enterprise',
      key: 'credit_code',
      columns: {
        统一社会信用代码: 'credit_code',
        企业名称: 'name',
        法定代表人: 'legal_person',
        住所: 'reg_address',
        行业门类: 'industry',
        企业类型: 'enterprise_type',
        '注册资本(万元)': 'reg_capital',
        '实缴资本(万元)': 'paid_capital',
        成立日期: 'established_on',
        登记状态: 'reg_status',
        企业规模: 'scale',
        经营范围: 'business_scope',
      },
      codes: 'label',
      dates: 'plain',
      observed: { column: '更新日期', form: 'date' },
      lagDays: LAG.authority,
      ...enterprises(world),
      lastChange: (index, day) => world.enterprises.lastChange(index, day, place | status | size),
    },
    222,
  );
}

const TAX_MONTH: TableShape = {
  source: 'tax',
  dataset: 'tax_month',
  entity: 'tax_month',
  key: 'credit_code',
  columns: {
    纳税人识别号: 'credit_code',
    所属月份: 'month',
    营业收入: 'revenue',
    增值税: 'vat',
    企业所得税: 'corporate_income_tax',
    个人所得税: 'personal_income_tax',
    其他税费: 'other_tax',
    税收合计: 'total_tax',
  },
  codes: 'label',
  dates: 'plain',
  observed: { column: '更新日期', form: 'date' },
};

/** Sheet 入库税收: title, header, one row per taxpayer, totals. */
export function taxMonthSheet(
  parts: TableParts,
  world: World,
  month: number,
  due: number,
  quirk: Quirk,
): { sheet: Sheet; records: number } {
  const writer = createWriter(parts, {
    ...TAX_MONTH,
    columns: Object.fromEntries(Object.entries(TAX_MONTH.columns).filter(([column]) => column !== '所属月份')),
  });
  const salt = mix(mix(parts.seed, 223), month);
  const columns = [...Object.keys(TAX_MONTH.columns), '更新日期'];
  const body: Cell[][] = [];
  const totals = new Map<string, number>();
  const count = world.enterprises.count(due);
  for (let index = 0; index < count; index++) {
    const truth = world.enterprises.taxOf(index, month) as TruthRow | null;
    if (!truth) continue;
    const values: Record<string, Json> = { 所属月份: world.calendar.month(month), 更新日期: world.calendar.date(due) };
    writer.write(values, truth, mix(salt, index), undefined, 0);
    const line = columns.map((column) => cell(values[column]));
    body.push(line);
    if (chance(mix(mix(salt, index), 1), RATES.duplicate)) body.push(line);
    columns.forEach((column, at) => {
      const value = line[at];
      if (typeof value === 'number') totals.set(column, (totals.get(column) ?? 0) + value);
    });
  }
  const sum = columns.map(
    (column, at): Cell => (at === 0 ? '合计' : totals.has(column) ? Math.round(totals.get(column)! * 100) / 100 : null),
  );
  const table = quirked([columns, ...body, sum], quirk, { 营业收入: '销售额' }, '营业收入');
  const title = `浦汇区税务局锦澜街道税收入库明细（${world.calendar.month(month)}）`;
  return { sheet: { name: '入库税收', rows: [[title], ['单位：万元'], ...table] }, records: body.length };
}

/** Sheet 登记信息: title, header, taxpayers, totals. */
export function taxRegisterSheet(
  { header, body }: Extract,
  month: string,
  quirk: Quirk,
): { sheet: Sheet; records: number } {
  const sum = header.map((_, at): Cell => (at === 0 ? '合计' : at === 1 ? `${body.length}户` : null));
  const table = quirked([header, ...body, sum], quirk, { 从业人数: '期末从业人数', 行业门类: '行业' }, '更新日期');
  return {
    sheet: { name: '登记信息', rows: [[`纳税人登记信息（${month}）`], ...table] },
    records: body.length,
  };
}

/** The CSV of market regulation as text: title, header, rows, totals; fields with commas in quotes. */
export function marketCsv({ header, body }: Extract, month: string, quirk: Quirk): { text: string; records: number } {
  const sum = header.map((_, at): Cell => (at === 0 ? '合计' : at === 1 ? `${body.length}户` : null));
  const table = quirked([header, ...body, sum], quirk, { 企业名称: '市场主体名称', 法定代表人: '负责人' }, '更新日期');
  const lines = table.map((row) => row.map(csvField).join(','));
  return {
    text: `锦澜街道市场主体名录（${month}）\r\n${lines.join('\r\n')}\r\n`,
    records: body.length,
  };
}

/** Rows of a register for a file. */
export interface Extract {
  readonly header: readonly string[];
  readonly body: readonly (readonly Cell[])[];
}

/** The rows observed from a civil second on; of these, only the given keys when there are any. */
export function extract({ table }: RegisterOn, since: number, keys?: ReadonlySet<string>): Extract {
  const positions = table.positions();
  const body: Cell[][] = [];
  for (const position of positions.subarray(lowerBound(positions, positionAt(since)))) {
    if (keys && !keys.has(table.keyOf(position))) continue;
    const { values } = table.row(position);
    body.push(table.columns.map((column) => cell(values[column])));
  }
  return { header: table.columns, body };
}

function cell(value: Json | undefined): Cell {
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

function quirked(
  rows: readonly (readonly Cell[])[],
  { changed, unknown }: Quirk,
  aliases: Readonly<Record<string, string>>,
  lost: string,
): Cell[][] {
  const [header = []] = rows;
  return rows.map((row, at) => {
    if (at > 0) return changed ? [...row, null] : [...row];
    const renamed = row.map((name) =>
      unknown && name === lost ? `${name}(新口径)` : changed ? (aliases[String(name)] ?? name) : name,
    );
    return changed ? [...renamed, header.includes('备注') ? null : '备注'] : renamed;
  });
}

function csvField(value: Cell): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
