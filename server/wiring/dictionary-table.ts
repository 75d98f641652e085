import type { DictionaryEntry } from '../schema/asset.ts';

const TYPES: Readonly<Record<DictionaryEntry['type'], string>> = {
  text: '文本',
  code: '代码',
  integer: '整数',
  decimal: '小数',
  date: '日期',
  timestamp: '时间',
  boolean: '是否',
};
const SENSITIVITY: Readonly<Record<DictionaryEntry['sensitivity'], string>> = {
  public: '公开',
  internal: '内部',
  personal: '个人',
  sensitive: '敏感',
};

/** The dictionary as a table with its head, for printing: one row per element. */
export function dictionaryTable(entries: readonly DictionaryEntry[]): string[][] {
  const head = [
    ...['专题', '实体', '数据元', '名称', 'English', '同义词', '类型', '单位', '代码表', '校验', '密级', '责任部门'],
    ...['来源（按权威顺序）', '来源字段', '有效天数', '可为空', '专题表字段', '报表'],
  ];
  return [head, ...entries.map(rowOf)];
}

function rowOf(entry: DictionaryEntry): string[] {
  const { sources, codeList } = entry;
  return [
    entry.themeTitle.zh,
    entry.entityTitle.zh,
    entry.id,
    entry.title.zh,
    entry.title.en,
    entry.synonyms.join('、'),
    TYPES[entry.type],
    entry.unit ?? '',
    codeList ? `${codeList.title}：${codeList.values.join('、')}` : '',
    entry.check ?? '',
    SENSITIVITY[entry.sensitivity],
    entry.owner,
    sources.map(({ title }) => title.zh).join(' > '),
    sources.flatMap(({ name, fields }) => fields.map((field) => `${name}.${field}`)).join('、'),
    entry.ttlDays === null ? '' : String(entry.ttlDays),
    entry.optional ? '是' : '否',
    entry.marts.join('、'),
    entry.forms.map(({ title, cell }) => `${title}：${cell}`).join('、'),
  ];
}

/** A table as CSV that Excel opens in Chinese: a byte order mark first. */
export function dictionaryCsv(table: readonly (readonly string[])[]): string {
  return `\uFEFF${table.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('')}`;
}

/** A cell that begins like a formula is written with a quote before it: spreadsheets would carry it out. */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
