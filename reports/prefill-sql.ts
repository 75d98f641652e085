// Long because it is one idea: the SELECT that prefills a form, of each of the three kinds.
import type { ElementType } from '../core/index.ts';
import { countsSql, type MeasureCounts } from '../templates/index.ts';
import { CONFLICT_BIT } from '../warehouse/index.ts';
import { ident, literal } from '../warehouse/sql-text.ts';
import { dayBefore, gateSql } from './gate.ts';
import type { FormColumn, FormPlan } from './plan.ts';

export interface PrefillQuery {
  readonly plan: FormPlan;
  /** Org path of the campaign; rows of unknown place belong to it. */
  readonly scope: string;
  /** Civil day to which ages are counted. */
  readonly asOf: string;
  /** Code of the source `confirmation` in `platform.source`. */
  readonly confirmationCode: number;
  /** Temp table `(row_key, column_name, value)` of answers that take the place of what the marts say. */
  readonly overlay?: string;
  /** Temp table `(row_key)`: with `member` these rows are there too when they no longer belong to the form … */
  readonly alsoKeys?: string;
  /** … and without other rows than these. */
  readonly onlyKeys?: string;
}

/** Names of the provenance columns that stand beside a column in the file. */
export const sourceColumn = (name: string) => `${name}_s`;
export const observedColumn = (name: string) => `${name}_o`;
export const inputsColumn = (name: string) => `${name}_inputs`;
export const doubtfulColumn = (name: string) => `${name}_doubtful`;

/** The columns of a snapshot file in order. */
export function snapshotFileColumns(plan: FormPlan): string[] {
  return [
    'row_key',
    'row_no',
    'org_path',
    ...plan.columns.flatMap((column) => [column.name, ...provenanceOf(column)]),
    'class',
  ];
}

export function provenanceOf(column: FormColumn): string[] {
  if (column.source === 'element' || column.source === 'manual')
    return [sourceColumn(column.name), observedColumn(column.name)];
  if (column.source === 'indicator') return [inputsColumn(column.name), doubtfulColumn(column.name)];
  return [];
}

/**
 * The SELECT that prefills a form from one publication: one row per row of the form, the columns of
 * {@link snapshotFileColumns}, and `member` (false: the row does not belong to the form) when keys are named.
 */
export function prefillSql(query: PrefillQuery): string {
  return query.plan.binding.indicators ? indicatorSql(query) : rowsSql(query);
}

/** How a column of a type lies in the snapshot file. */
export function fileType(type: ElementType): string {
  return FILE_TYPES[type];
}

const FILE_TYPES: Readonly<Record<ElementType, string>> = {
  text: 'VARCHAR',
  code: 'VARCHAR',
  integer: 'BIGINT',
  decimal: 'DOUBLE',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  boolean: 'BOOLEAN',
};

/** The type under which an answer takes the place of a mart's field. */
const MART_TYPES: Readonly<Record<ElementType, string>> = { ...FILE_TYPES, decimal: 'DECIMAL(18, 6)' };

function rowsSql(query: PrefillQuery): string {
  const { plan, overlay } = query;
  const rows = plan.binding.rows!;
  const key = keySql(rows.key);
  const where = rows.where === undefined ? 'true' : withPeriod(rows.where, query);
  const orgPath = `"row".${ident(rows.orgPath)}`;
  const member = `(coalesce((${where}), false) AND ${inScope(orgPath, query.scope)})`;
  const told = plan.columns.filter((column) => column.source === 'manual' || isAskedMeasure(column));
  const joins = [
    `JOIN __place ON __place.__key = ${key}`,
    ...(told.length > 0 ? [`LEFT JOIN __told ON __told.__key = ${key}`] : []),
    ...plan.groups.map((_, index) => `LEFT JOIN __g${index} ON ${groupJoin(query, index)}`),
  ];
  const order = rows.orderBy.map((term) => withPeriod(term, query));
  const cells = plan.columns.map((column) => cellSql(column, query));
  const select = [
    `${key} AS row_key`,
    '__place.__no AS row_no',
    `coalesce(${orgPath}, ${literal(query.scope)}) AS org_path`,
    ...plan.columns.flatMap((column, index) => [
      `${column.source === 'serial' ? '0::BIGINT' : cells[index]!.value} AS ${ident(column.name)}`,
      ...cells[index]!.provenance,
    ]),
    `concat(${cells.map((cell) => cell.letter).join(', ')}) AS class`,
    ...((query.alsoKeys ?? query.onlyKeys) ? [`${member} AS member`] : []),
  ];
  const wanted = query.onlyKeys
    ? `${key} IN (SELECT row_key FROM ${query.onlyKeys})`
    : query.alsoKeys
      ? `(${member} OR ${key} IN (SELECT row_key FROM ${query.alsoKeys}))`
      : member;
  const ctes = [
    ...(told.length > 0
      ? [
          `__told AS (${toldSql(
            query,
            told.map((column) => column.name),
          )})`,
        ]
      : []),
    ...(overlay ? [`__said AS (${saidSql(overlay, plan.columns)})`] : []),
    `__rows AS (${overlaidRows(query, key)})`,
    // Numbered apart: a window over all columns would carry every one of them through its sort.
    `__place AS (SELECT ${key} AS __key, row_number() OVER (ORDER BY ${[...order, key].join(', ')}) AS __no FROM __rows AS "row" WHERE ${wanted})`,
    ...plan.groups.map((_, index) => `__g${index} AS (${groupSql(query, index)})`),
    `__filled AS (SELECT ${select.join(',\n  ')}\nFROM __rows AS "row" ${joins.join(' ')})`,
  ];
  const serial = plan.columns
    .filter((column) => column.source === 'serial')
    .map((column) => `row_no AS ${ident(column.name)}`);
  const star = serial.length > 0 ? `* REPLACE (${serial.join(', ')})` : '*';
  return `WITH ${ctes.join(',\n')}\nSELECT ${star} FROM __filled`;
}

/** The key of a row as text: its key fields joined by `|`. A single one stays a plain column, which joins can filter by. */
function keySql(fields: readonly string[]): string {
  const columns = fields.map((name) => `"row".${ident(name)}`);
  return columns.length === 1 ? `CAST(${columns[0]} AS VARCHAR)` : `concat_ws('|', ${columns.join(', ')})`;
}

/** The mart's rows, with answers in the place of their fields: what is derived from them follows. */
function overlaidRows({ plan, overlay, onlyKeys }: PrefillQuery, key: string): string {
  const mart = plan.binding.rows!.mart.split('.').map(ident).join('.');
  if (!overlay) return `SELECT * FROM ${mart}`;
  const replaced = new Map(
    plan.columns
      .filter((column) => column.source === 'element')
      .map((column) => [
        column.field!,
        `CASE WHEN ${said('has', column)} THEN TRY_CAST(${said('is', column)} AS ${MART_TYPES[column.type]}) ELSE "row".${ident(column.field!)} END AS ${ident(column.field!)}`,
      ]),
  );
  const only = onlyKeys ? ` WHERE ${key} IN (SELECT row_key FROM ${onlyKeys})` : '';
  return `SELECT "row".* REPLACE (${[...replaced.values()].join(',\n  ')}), __said.* FROM ${mart} AS "row"
    LEFT JOIN __said ON __said.__row_key = ${key}${only}`;
}

interface CellSql {
  readonly value: string;
  readonly provenance: readonly string[];
  readonly letter: string;
}

function cellSql(column: FormColumn, query: PrefillQuery): CellSql {
  const when = column.when === undefined ? undefined : `(${withPeriod(column.when, query)})`;
  const gated = (value: string) => {
    const typed = `CAST(${value} AS ${FILE_TYPES[column.type]})`;
    return when === undefined ? typed : `CASE WHEN ${when} THEN ${typed} END`;
  };
  if (column.source === 'serial' || column.source === 'derived') {
    const value = column.derive === undefined ? 'NULL' : `(${withPeriod(column.derive, query)})`;
    return { value: gated(value), provenance: [], letter: "'d'" };
  }
  if (column.source === 'measure') {
    return measureCell(column, query);
  }
  const own = column.source === 'manual' ? manualCell(column, query) : elementCell(column, query);
  const applicable = when === undefined ? {} : { applicable: when };
  const answered = query.overlay === undefined ? undefined : `coalesce(${said('has', column)}, false)`;
  const letter = gateSql(column, { ...applicable, ...own.gate }, query.asOf);
  return {
    value: gated(own.gate.value),
    provenance: [
      `${own.source} AS ${ident(sourceColumn(column.name))}`,
      `${own.observed} AS ${ident(observedColumn(column.name))}`,
    ],
    letter: answered === undefined ? letter : answeredLetter(letter, answered, when),
  };
}

/** Someone has just vouched for an answered cell; where it does not apply it stays blank. */
function answeredLetter(letter: string, answered: string, when: string | undefined): string {
  const applies = when === undefined ? answered : `${answered} AND coalesce(${when}, false)`;
  return `CASE WHEN ${applies} THEN 'h' ELSE ${letter} END`;
}

function elementCell(column: FormColumn, { confirmationCode }: PrefillQuery) {
  const value = `"row".${ident(column.field!)}`;
  const source = `"row".${ident(`${column.field}_s`)}`;
  const observed = `"row".${ident(`${column.field}_o`)}`;
  const gate = {
    value,
    conflict: `coalesce(${source} >= ${CONFLICT_BIT}, false)`,
    observed,
    confirmed: `CASE WHEN ${source} & ${CONFLICT_BIT - 1} = ${confirmationCode} THEN ${observed} END`,
  };
  return { gate, source, observed };
}

function isAskedMeasure(column: FormColumn): boolean {
  return column.source === 'measure' && column.asked;
}

/** A figure of the repeated group: computed, unless somebody vouched for another; asked where its row gives reason to doubt it. */
function measureCell(column: FormColumn, query: PrefillQuery): CellSql {
  const index = query.plan.groups.findIndex((group) => group.text === column.period!.text);
  const type = FILE_TYPES[column.type];
  const computed = `CAST(__g${index}.${ident(`__${column.measure}`)} AS ${type})`;
  if (!column.asked) return { value: computed, provenance: [], letter: "'d'" };
  const [at, is] = [`__told.${ident(`__at_${column.name}`)}`, `__told.${ident(`__is_${column.name}`)}`];
  const kept = `CASE WHEN ${at} IS NOT NULL THEN TRY_CAST(${is} AS ${type}) ELSE ${computed} END`;
  const value = query.overlay
    ? `CASE WHEN ${said('has', column)} THEN TRY_CAST(${said('is', column)} AS ${type}) ELSE ${kept} END`
    : kept;
  const gate = {
    value,
    conflict: `coalesce(__g${index}.${ident(`__c_${column.measure}`)}, false)`,
    missing: `coalesce(__g${index}.${ident(`__m_${column.measure}`)}, false)`,
    observed: 'NULL::DATE',
    confirmed: at,
  };
  const letter = gateSql(column, gate, query.asOf);
  return {
    value,
    provenance: [],
    letter: query.overlay ? answeredLetter(letter, `coalesce(${said('has', column)}, false)`, undefined) : letter,
  };
}

/** Nobody holds it: what was answered in an earlier campaign, as long as it lives. */
function manualCell(column: FormColumn, { overlay, asOf, confirmationCode }: PrefillQuery) {
  const oldest = `DATE ${literal(dayBefore(asOf, column.ttlDays!))}`;
  const at = `__told.${ident(`__at_${column.name}`)}`;
  const lives = `${at} >= ${oldest}`;
  const kept = `CASE WHEN ${lives} THEN __told.${ident(`__is_${column.name}`)} END`;
  const text = overlay ? `CASE WHEN ${said('has', column)} THEN ${said('is', column)} ELSE ${kept} END` : kept;
  const observed = `CASE WHEN ${lives} THEN ${at} END`;
  const gate = {
    value: `TRY_CAST(${text} AS ${FILE_TYPES[column.type]})`,
    conflict: 'false',
    observed,
    confirmed: observed,
  };
  return { gate, source: `CASE WHEN ${lives} THEN ${confirmationCode}::UTINYINT END`, observed };
}

/** One row per key with what people told about the form's own cells: `__is_<column>` and `__at_<column>`. */
function toldSql({ plan }: PrefillQuery, columns: readonly string[]): string {
  const each = columns.flatMap((name) => [
    `max(value) FILTER (WHERE field = ${literal(name)}) AS ${ident(`__is_${name}`)}`,
    `max(confirmed_at::DATE) FILTER (WHERE field = ${literal(name)}) AS ${ident(`__at_${name}`)}`,
  ]);
  return `SELECT key AS __key, ${each.join(', ')} FROM platform.confirmation WHERE entity = ${literal(plan.formEntity)} GROUP BY key`;
}

/** One row per answered row of the form: `__has_<column>` and `__is_<column>`. */
function saidSql(overlay: string, columns: readonly FormColumn[]): string {
  const answerable = columns.filter(
    (column) => ['element', 'manual', 'indicator'].includes(column.source) || isAskedMeasure(column),
  );
  const each = answerable.flatMap(({ name }) => [
    `coalesce(bool_or(column_name = ${literal(name)}), false) AS ${ident(`__has_${name}`)}`,
    `max(value) FILTER (WHERE column_name = ${literal(name)}) AS ${ident(`__said_${name}`)}`,
  ]);
  return `SELECT row_key AS __row_key, ${each.join(', ')} FROM ${overlay} GROUP BY row_key`;
}

function said(what: 'has' | 'is', column: FormColumn): string {
  return ident(what === 'has' ? `__has_${column.name}` : `__said_${column.name}`);
}

/** The measures of one period, one row per key. */
function groupSql(query: PrefillQuery, index: number): string {
  const across = query.plan.binding.across!;
  const group = query.plan.groups[index]!;
  const mart = across.mart.split('.').map(ident).join('.');
  const measures = query.plan.columns
    .filter((column) => column.source === 'measure' && column.period!.text === group.text)
    .flatMap((column) => [
      `(${withPeriod(column.derive!, query)}) AS ${ident(`__${column.measure}`)}`,
      ...(column.asked
        ? [
            `(${withPeriod(column.doubt?.conflict ?? 'false', query)}) AS ${ident(`__c_${column.measure}`)}`,
            `(${withPeriod(column.doubt?.missing ?? 'false', query)}) AS ${ident(`__m_${column.measure}`)}`,
          ]
        : []),
    ]);
  const keys = across.key.map((name, at) => `"row".${ident(name)} AS __k${at}`);
  return `SELECT ${[...keys, ...measures].join(', ')} FROM ${mart} AS "row" WHERE "row".${ident(across.periodColumn)} = ${literal(group.text)}`;
}

function groupJoin({ plan }: PrefillQuery, index: number): string {
  return plan.binding.rows!.key.map((name, at) => `__g${index}.__k${at} = "row".${ident(name)}`).join(' AND ');
}

/** One row per community (or other unit), one column per indicator. Indicators that count the same rows share one pass over them. */
function indicatorSql(query: PrefillQuery): string {
  const { plan, scope, overlay } = query;
  const told = toldSql(
    query,
    plan.columns.map((column) => column.name),
  );
  const counted = countedTogether(plan);
  const indicators = counted.map(({ sql }, at) => `__i${at} AS (${withPeriod(sql, query)})`);
  const cells = plan.columns.map((column, index) => {
    const at = counted.findIndex(({ columns }) => columns.includes(index));
    const suffix = counted[at]!.columns.length > 1 ? index : '';
    return indicatorCell(column, (name) => `__i${at}.${name}${suffix}`, query);
  });
  const key = '__units.path';
  const select = [
    `${key} AS row_key`,
    `row_number() OVER (ORDER BY ${key}) AS row_no`,
    `${key} AS org_path`,
    ...plan.columns.flatMap((column, index) => [
      `${cells[index]!.value} AS ${ident(column.name)}`,
      ...cells[index]!.provenance,
    ]),
    `concat(${cells.map((cell) => cell.letter).join(', ')}) AS class`,
    ...((query.alsoKeys ?? query.onlyKeys) ? ['true AS member'] : []),
  ];
  const joins = [
    ...counted.map((_, at) => `LEFT JOIN __i${at} ON __i${at}.org_path = ${key}`),
    `LEFT JOIN __told ON __told.__key = concat(${key}, '|', ${literal(plan.period.text)})`,
    ...(overlay ? [`LEFT JOIN __said ON __said.__row_key = ${key}`] : []),
  ];
  const ctes = [
    `__units AS (SELECT path FROM platform.org_unit WHERE kind = 'community' AND ${inScope('path', scope)})`,
    `__told AS (${told})`,
    ...(overlay ? [`__said AS (${saidSql(overlay, plan.columns)})`] : []),
    ...indicators,
  ];
  const only = query.onlyKeys ? `\nWHERE ${key} IN (SELECT row_key FROM ${query.onlyKeys})` : '';
  return `WITH ${ctes.join(',\n')}\nSELECT ${select.join(',\n  ')}\nFROM __units ${joins.join('\n')}${only}`;
}

/** The SELECTs that the indicators come from, with the columns of each; one alone has its aggregates without the column's number. */
function countedTogether(plan: FormPlan): { readonly sql: string; readonly columns: readonly number[] }[] {
  const byRows = new Map<string, [index: number, counts: MeasureCounts][]>();
  const alone: { sql: string; columns: number[] }[] = [];
  for (const [index, { indicator }] of plan.columns.entries()) {
    const { counts, sql } = indicator!;
    if (counts === undefined) alone.push({ sql, columns: [index] });
    else byRows.set(counts.rows, [...(byRows.get(counts.rows) ?? []), [index, counts]]);
  }
  const together = [...byRows].map(([rows, each]) => ({
    sql: countsSql(
      rows,
      each.map(([index, counts]) => [each.length > 1 ? `${index}` : '', counts] as const),
    ),
    columns: each.map(([index]) => index),
  }));
  return [...together, ...alone];
}

/**
 * A number that somebody vouched for stands for its period. A computed one is doubted when too many of its inputs are, or when the
 * slips that nothing can show are likely to carry it past what the form tolerates: a rare kind of people.
 */
function indicatorCell(column: FormColumn, of: (name: string) => string, { overlay }: PrefillQuery): CellSql {
  const [at, is] = [`__told.${ident(`__at_${column.name}`)}`, `__told.${ident(`__is_${column.name}`)}`];
  const computed = `coalesce(${of('value')}, 0)::DOUBLE`;
  const kept = `CASE WHEN ${at} IS NOT NULL THEN TRY_CAST(${is} AS DOUBLE) ELSE ${computed} END`;
  const value = overlay
    ? `CASE WHEN ${said('has', column)} THEN TRY_CAST(${said('is', column)} AS DOUBLE) ELSE ${kept} END`
    : kept;
  const held = overlay ? `${at} IS NOT NULL OR coalesce(${said('has', column)}, false)` : `${at} IS NOT NULL`;
  const share = `coalesce(${of('doubtful')}, 0)::DOUBLE / greatest(coalesce(${of('inputs')}, 0), 1)`;
  const { askAbove, tolerance, measure } = column.indicator!;
  // A form that names no tolerance is judged by its records alone: no count of thousands is free of slips.
  const slips =
    tolerance > 0 && measure !== undefined ? `coalesce(${of('slips')}, 0) > ${tolerance} * abs(${computed})` : 'false';
  return {
    value,
    provenance: [
      `coalesce(${of('inputs')}, 0)::BIGINT AS ${ident(inputsColumn(column.name))}`,
      `coalesce(${of('doubtful')}, 0)::BIGINT AS ${ident(doubtfulColumn(column.name))}`,
    ],
    letter: `CASE WHEN ${held} THEN 'h' WHEN ${share} > ${askAbove} OR ${slips} THEN 's' ELSE 'd' END`,
  };
}

/** True for a path in the campaign's scope. A record of unknown place belongs to the campaign of a whole subdistrict or more. */
function inScope(path: string, scope: string): string {
  const inside = `(${path} = ${literal(scope)} OR starts_with(${path}, ${literal(`${scope}/`)}))`;
  return scope.split('/').length <= 2 ? `coalesce(${inside}, true)` : `coalesce(${inside}, false)`;
}

/** A binding's SQL with its three dates in place of their names. The texts are dates that `core` parsed, never a person's. */
function withPeriod(sql: string, { plan, asOf }: PrefillQuery): string {
  const dates: Readonly<Record<string, string>> = {
    period_start: plan.period.start,
    period_end: plan.period.end,
    as_of: asOf,
  };
  return sql.replaceAll(/\$(period_start|period_end|as_of)\b/g, (_, name: string) => `DATE ${literal(dates[name]!)}`);
}
