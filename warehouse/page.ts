import type { Json } from '../core/json.ts';
import { pageRefused } from './errors.ts';
import type { PublicationManifest, PublishedMart } from './publication-folder.ts';
import { ident } from './sql-text.ts';

export const PAGE_OPERATORS = [
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'in',
  'contains',
  'startsWith',
  'within',
  'isNull',
  'notNull',
] as const;
export type PageOperator = (typeof PAGE_OPERATORS)[number];

/** `within` compares org paths: the unit itself or anything under it. */
export interface PageCondition {
  readonly column: string;
  readonly op: PageOperator;
  readonly value?: Json;
}

export interface PageRequest {
  readonly mart: string;
  /** Absent: all columns. */
  readonly columns?: readonly string[];
  readonly where?: readonly PageCondition[];
  readonly orderBy?: readonly { readonly column: string; readonly descending?: boolean }[];
  readonly offset?: number;
  /** At most 10,000. */
  readonly limit: number;
}

export const MOST_PAGE_ROWS = 10_000;
const MOST_CONDITIONS = 50;
const MOST_VALUES = 1_000;

export interface PageSql {
  readonly rows: string;
  readonly count: string;
  readonly params: readonly Json[];
}

/**
 * The SQL of a page: columns come from the mart's own list, values are parameters. Rows are ordered by the request, then by the
 * mart's key, so that pages do not overlap.
 *
 * @throws FillOnceError `warehouse.page` for a mart, column or operator that is not there.
 */
export function pageSql(manifest: PublicationManifest, request: PageRequest): PageSql {
  const mart = manifest.marts.find((one) => one.mart === request.mart);
  if (!mart) throw pageRefused(request.mart);
  const { limit, offset = 0 } = request;
  if (!Number.isInteger(limit) || limit < 0 || limit > MOST_PAGE_ROWS) throw pageRefused(`limit ${limit}`);
  if (!Number.isInteger(offset) || offset < 0) throw pageRefused(`offset ${offset}`);
  const params: Json[] = [];
  const conditions = (request.where ?? []).map((condition) => conditionSql(mart, condition, params));
  if (conditions.length > MOST_CONDITIONS) throw pageRefused(`${conditions.length} conditions`);
  const columns = request.columns === undefined ? '*' : request.columns.map((name) => columnSql(mart, name)).join(', ');
  if (columns === '') throw pageRefused('no columns');
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const order = [
    ...(request.orderBy ?? []).map(
      ({ column, descending }) => `${columnSql(mart, column)}${descending ? ' DESC' : ''}`,
    ),
    ...mart.key.map((name) => columnSql(mart, name)),
  ];
  const from = `FROM ${ident(mart.theme)}.${ident(mart.name)} ${where}`;
  return {
    rows: `SELECT ${columns} ${from} ORDER BY ${order.join(', ')} LIMIT ${limit} OFFSET ${offset}`,
    count: `SELECT count(*) AS total ${from}`,
    params,
  };
}

function columnSql(mart: PublishedMart, name: string): string {
  if (!mart.columns.some((column) => column.name === name)) throw pageRefused(`${mart.mart}.${name}`);
  return ident(name);
}

function conditionSql(mart: PublishedMart, condition: PageCondition, params: Json[]): string {
  const column = columnSql(mart, condition.column);
  const { op, value = null } = condition;
  const parameter = (of: Json) => {
    params.push(of);
    return `$${params.length}`;
  };
  const text = () => {
    if (typeof value !== 'string') throw pageRefused(`${condition.column} ${op}: a text is needed`);
    return value;
  };
  const comparison: Partial<Record<PageOperator, string>> = {
    eq: '=',
    ne: 'IS DISTINCT FROM',
    lt: '<',
    le: '<=',
    gt: '>',
    ge: '>=',
  };
  const sign = comparison[op];
  if (sign !== undefined) {
    if (value === null || typeof value === 'object') throw pageRefused(`${condition.column} ${op}: a value is needed`);
    return `${column} ${sign} ${parameter(value)}`;
  }
  switch (op) {
    case 'in':
      if (!Array.isArray(value) || value.length > MOST_VALUES)
        throw pageRefused(`${condition.column} in: a list is needed`);
      return value.length === 0 ? 'false' : `${column} IN (${value.map(parameter).join(', ')})`;
    case 'contains':
      return `contains(lower(${column}::VARCHAR), lower(${parameter(text())}))`;
    case 'startsWith':
      return `starts_with(${column}::VARCHAR, ${parameter(text())})`;
    case 'within': {
      const path = parameter(text());
      // The range lets sorted row groups be skipped; '0' follows '/'.
      return `(${column} = ${path} OR (${column} >= ${path} || '/' AND ${column} < ${path} || '0'))`;
    }
    case 'isNull':
      return `${column} IS NULL`;
    case 'notNull':
      return `${column} IS NOT NULL`;
    default:
      throw pageRefused(`${String(op)}`);
  }
}
