import { exportTask, type TaskColumn, type TaskRow } from '../../../templates/xlsx/round-trip.ts';
import { collector } from './collect.ts';

/** A roster of persons. */
export const COLUMNS: readonly TaskColumn[] = [
  { id: 'person.name', title: '姓名', type: 'text' },
  { id: 'person.id', title: '身份证号', type: 'text' },
  { id: 'person.sex', title: '性别', type: 'code', codes: ['男', '女'] },
  { id: 'person.born', title: '出生日期', type: 'date' },
  { id: 'person.area', title: '面积', type: 'decimal', unit: '平方米' },
  { id: 'person.count', title: '人数', type: 'integer', unit: '人' },
  { id: 'person.alone', title: '独居', type: 'boolean' },
  { id: 'person.phone', title: '电话', type: 'text' },
  { id: 'person.kind', title: '类别', type: 'code', codes: ['01', '02', '10'] },
];

export const ROWS: readonly TaskRow[] = [
  {
    key: 'r1',
    values: ['张三', '11010519491231002X', '男', '1949-12-31', '85.5', '3', 'false', '13800138000', '01'],
    asked: ['person.phone', 'person.area'],
    notes: { 'person.phone': '来源：网格平台，2025-01-02；已超过 180 天' },
  },
  {
    key: 'r2',
    values: ['李四（东）', null, '女', null, null, '0', 'true', null, '10'],
    asked: ['person.phone', 'person.id', 'person.born', 'person.area'],
  },
  {
    key: 'r3',
    values: ['=王五', '110105194912310038', null, '2001-02-03', '1234.25', '12', null, '010-12345678', '02'],
    asked: ['person.sex', 'person.alone', 'person.kind', 'person.phone'],
  },
  {
    key: 'r4',
    values: ['赵六', '110105200001010011', '男', '2000-01-01', '60', '2', 'false', '13900139000', '01'],
    asked: COLUMNS.map(({ id }) => id),
  },
];

/** The roster as it goes out. */
export async function exported(rows: readonly TaskRow[] = ROWS, columns = COLUMNS): Promise<Buffer> {
  const sink = collector();
  await exportTask({ task: 'task_1', base: 'snap_7', title: '人口/核查', columns, rows }, sink.stream);
  return sink.bytes();
}
