import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Catalogue, type ElementType, packageRoot } from '../core/index.ts';
import { type MeasureSql, measureSql, orgPathSql } from './measure-sql.ts';

/** A quantity that can be counted per community; `vocabulary/measures.yaml` says how. */
export interface Measure extends MeasureSql {
  /** `population.person.age_60_count` */
  readonly id: string;
  readonly title: string;
  readonly synonyms: readonly string[];
  readonly unit: string;
  /** False for rates and averages: communities cannot be summed. */
  readonly additive: boolean;
  /** Undefined when it counts its whole base; otherwise by which fields, and whether it says itself among whom. */
  readonly narrows?: { readonly fields: readonly string[]; readonly among: boolean };
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
/** What a counted row is, as `measures.yaml` writes it. */
export type BaseSource = z.infer<typeof baseSchema>;

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
/** A measure as `measures.yaml` writes it. */
export type MeasureSource = z.infer<typeof measureSchema>;

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
            ...measureSql(id, source, base, catalogue),
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

function orgNameSql(levels: number): string {
  return `(SELECT o.name FROM platform.org_unit AS o WHERE o.path = ${orgPathSql('row.grid_path', levels)})`;
}

function readYaml(file: string): unknown {
  return parse(readFileSync(file, 'utf8'), { merge: true });
}
