import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Catalogue, type ElementType, packageRoot } from '../core/index.ts';

/** A quantity that can be counted per community; `vocabulary/measures.yaml` says how. */
export interface Measure {
  /** `population.person.age_60_count` */
  readonly id: string;
  readonly title: string;
  readonly synonyms: readonly string[];
  readonly unit: string;
  /** False for rates and averages: communities cannot be summed. */
  readonly additive: boolean;
  /** Undefined when it counts its whole base; otherwise by which fields, and whether it says itself among whom. */
  readonly narrows?: { readonly fields: readonly string[]; readonly among: boolean };
  /** SQL with one row per community: `org_path`, `value`, `inputs`, `doubtful`, `slips`. */
  readonly sql: string;
}

/** A column that follows from elements of one mart; `vocabulary/derived.yaml`. */
export interface DerivedColumn {
  /** `population.person.age` */
  readonly id: string;
  readonly title: string;
  readonly synonyms: readonly string[];
  readonly type: ElementType;
  readonly unit?: string;
  readonly mart: string;
  /** SQL expression over a row of `mart`. */
  readonly sql: string;
}

export interface Vocabulary {
  readonly measures: ReadonlyMap<string, Measure>;
  readonly derived: ReadonlyMap<string, DerivedColumn>;
  /** More names of elements, by element id; `vocabulary/synonyms.yaml`. */
  readonly synonyms: ReadonlyMap<string, readonly string[]>;
}

const baseSchema = z.strictObject({
  entity: z.string().optional(),
  from: z.string(),
  where: z.string(),
  columns: z.record(z.string(), z.string()).default({}),
  deciding: z.array(z.string()),
});
type Base = z.infer<typeof baseSchema>;

const measureSchema = z.strictObject({
  zh: z.string(),
  synonyms: z.array(z.string()).default([]),
  unit: z.string(),
  base: z.string(),
  among: z.string().optional(),
  where: z.string().optional(),
  suspect: z.string().optional(),
  value: z.string().default('count(*)'),
  deciding: z.array(z.string()).default([]),
  additive: z.boolean().default(true),
});
type MeasureSource = z.infer<typeof measureSchema>;

const measuresSchema = z.strictObject({
  bases: z.record(z.string(), baseSchema),
  measures: z.record(z.string(), measureSchema),
});

const synonymsSchema = z.record(z.string(), z.array(z.string()));

const derivedSchema = z.record(
  z.string(),
  z.strictObject({
    zh: z.string(),
    synonyms: z.array(z.string()).default([]),
    type: z.enum(['text', 'code', 'integer', 'decimal', 'date']),
    unit: z.string().optional(),
    mart: z.string(),
    sql: z.string(),
  }),
);

/**
 * Reads the vocabulary of `templates/vocabulary/`.
 *
 * @throws Error naming the entry when it speaks of a base or a field that does not exist: a broken vocabulary is a broken build.
 */
export function loadVocabulary(
  catalogue: Catalogue,
  folder = join(packageRoot(), 'templates', 'vocabulary'),
): Vocabulary {
  const { bases, measures } = measuresSchema.parse(readYaml(join(folder, 'measures.yaml')));
  const derived = derivedSchema.parse(readYaml(join(folder, 'derived.yaml')));
  const synonyms = synonymsSchema.parse(readYaml(join(folder, 'synonyms.yaml')));
  for (const id of Object.keys(synonyms)) catalogue.element(id);
  return {
    measures: new Map(
      Object.entries(measures).map(([id, source]): [string, Measure] => {
        const base = bases[source.base];
        if (!base) throw new Error(`measure ${id} names no known base: ${source.base}`);
        const { zh: title, synonyms, unit, additive, where, among, deciding } = source;
        const narrows = { fields: deciding, among: among !== undefined };
        return [
          id,
          {
            id,
            title,
            synonyms,
            unit,
            additive,
            ...((where ?? among) !== undefined && { narrows }),
            sql: measureSql(id, source, base, catalogue),
          },
        ];
      }),
    ),
    derived: new Map(
      Object.entries(derived).map(([id, source]): [string, DerivedColumn] => {
        const { zh: title, synonyms, type, unit, mart } = source;
        const sql = source.sql.replace('{community}', orgNameSql(3)).replace('{grid}', orgNameSql(4));
        return [id, { id, title, synonyms, type, mart, sql, ...(unit === undefined ? {} : { unit }) }];
      }),
    ),
    synonyms: new Map(Object.entries(synonyms)),
  };
}

/** The first `levels` segments of an org path column. */
export function orgPathSql(column: string, levels: number): string {
  return `regexp_extract(${column}, '^[^/]+(/[^/]+){${levels - 1}}')`;
}

function orgNameSql(levels: number): string {
  return `(SELECT o.name FROM platform.org_unit AS o WHERE o.path = ${orgPathSql('row.grid_path', levels)})`;
}

function measureSql(id: string, measure: MeasureSource, base: Base, catalogue: Catalogue): string {
  const extra = Object.entries(base.columns).map(([name, sql]) => `, ${sql} AS ${name}`);
  const doubt = [...new Set([...base.deciding, ...measure.deciding])].map((field) => {
    if (!base.entity) throw new Error(`measure ${id}: the base ${measure.base} has no provenance to decide by`);
    return doubtSql(field, base.entity, catalogue);
  });
  const slips = slipsSql(measure, base, catalogue);
  const value = measure.where && measure.additive ? `${measure.value} FILTER (WHERE ${measure.where})` : measure.value;
  // A record without a grid of its own counts where the thing it belongs to lies (`_org`).
  const all = base.entity === undefined ? '*' : '* REPLACE (coalesce(grid_path, _org) AS grid_path)';
  const rows = `WITH base AS (SELECT ${all}${extra.join('')} FROM ${base.from} WHERE ${base.where})`;
  const aggregates = (name: string) =>
    `SELECT ${name}, ${value} AS value, count(*) AS inputs,
  ${doubt.length === 0 ? '0' : `count(*) FILTER (WHERE ${doubt.join(' OR ')})`} AS doubtful, ${slips} AS slips
FROM base WHERE grid_path IS NOT NULL${measure.among ? ` AND (${measure.among})` : ''} GROUP BY 1`;
  const community = `${orgPathSql('grid_path', 3)} AS org_path`;
  const ofSums = measure.additive && !measure.value.includes('DISTINCT');
  if (!ofSums) return `${rows}\n${aggregates(community)} ORDER BY 1`;
  // By grid first: cutting a few hundred paths instead of every row's halves the time (112,000 persons: 25 to 10 ms).
  return `${rows}, grids AS (${aggregates('grid_path')})
SELECT ${community}, coalesce(sum(value), 0) AS value, sum(inputs)::BIGINT AS inputs, sum(doubtful)::BIGINT AS doubtful, sum(slips) AS slips
FROM grids GROUP BY 1 ORDER BY 1`;
}

/**
 * How often the one register that keeps a field has another code than the right one. Its own records cannot show it, so it is taken
 * from fields that three registers keep: by how often each pair of police, grid and civil affairs disagrees about somebody's sex, the
 * register that answers for it is wrong in half a percent of its records.
 */
const SLIP_RATE = 0.005;

/**
 * Records that are probably counted, or left out, by mistake: those that the measure suspects, or else those whose code is a slip. With `k` codes a slip lands on each of the others alike, so of the records
 * that belong elsewhere `SLIP_RATE × counted codes / (k - 1)` are here. Only for counts by one code that a single source keeps: what a
 * second one or the household tells is cleared before it is counted.
 */
function slipsSql(measure: MeasureSource, base: Base, catalogue: Catalogue): string {
  const { where, deciding, value, additive, suspect } = measure;
  if (suspect) return `count(*) FILTER (WHERE ${suspect})::DOUBLE`;
  const [field] = deciding;
  if (!where || !field || deciding.length > 1 || value !== 'count(*)' || !additive || !base.entity) return '0.0';
  const element = catalogue.entity(base.entity).elements.find((candidate) => candidate.field === field)!;
  if (element.type !== 'code' || element.sources.length > 1) return '0.0';
  const codes = [...catalogue.codeList(element.codes ?? '').values.keys()];
  const list = codes.map((code) => `('${code}')`).join(', ');
  const counted = `(SELECT count(*) FROM (VALUES ${list}) AS code(${field}) WHERE ${where})`;
  return `count(*) FILTER (WHERE NOT coalesce(${where}, false)) * ${SLIP_RATE} * ${counted} / ${codes.length - 1}`;
}

/** True for a row whose field is missing, in conflict (bit 7 of `f_s`) or older than its time to live. */
function doubtSql(field: string, entityName: string, catalogue: Catalogue): string {
  const element = catalogue.entity(entityName).elements.find((candidate) => candidate.field === field);
  if (!element) throw new Error(`${entityName} has no field ${field}`);
  const stale = element.ttlDays === undefined ? '' : ` OR ${field}_o < $as_of::DATE - ${element.ttlDays}`;
  return `(${field} IS NULL OR ${field}_s >= 128${stale})`;
}

function readYaml(file: string): unknown {
  return parse(readFileSync(file, 'utf8'));
}
