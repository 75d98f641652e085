import type { Entity } from '../../core/catalogue.ts';
import type { SqlSession } from '../duckdb.ts';
import { goldenTable } from '../refresh.ts';
import { ident } from '../sql-text.ts';
import { blockKey } from './candidates.ts';
import type { Block, MatchRule } from './rules.ts';
import { type Fields, type PairScore, scorePair } from './score.ts';

/** Two golden rows with keys of their own that look like one entity. */
export interface Duplicate extends PairScore {
  readonly entity: string;
  /** The key observed later: the one that would stay. */
  readonly keep: string;
  readonly drop: string;
}

/** A value that more rows share than this finds nobody: a phone of nobody's, a form's default day. */
const MOST_SHARING = 40;
/** Pairs of one block that are held against each other. */
const MOST_PAIRS = 20_000;
/** Only fields that weigh this much find a pair; a gender in common does not. */
const LEAST_WEIGHT = 5;
const CHUNK = 5_000;

/**
 * Golden rows of one entity that share a block and at least one more weighty field, and score as one entity although their keys
 * differ; likeliest first. Nothing is ever merged by this alone.
 */
export async function duplicates(sql: SqlSession, entity: Entity, rule: MatchRule): Promise<readonly Duplicate[]> {
  const { merge } = rule;
  if (!merge) return [];
  const key = entity.key[0]!;
  const features = new Map(rule.features);
  const ofKey = features.get(key);
  if (ofKey) features.set(key, { ...ofKey, differ: merge.differ, why: merge.why });
  const strict = { ...rule, features };
  const pairs = new Map<string, readonly [string, string]>();
  for (const block of rule.blocks) {
    const found =
      block.as === undefined ? await samePairs(sql, entity, rule, block) : await likePairs(sql, entity, block);
    for (const pair of found) pairs.set(pair.join('>'), pair);
  }
  const rows = await readRows(sql, entity, [...features.keys()], new Set([...pairs.values()].flat()));
  return [...pairs.values()]
    .flatMap(([one, other]): Duplicate[] => {
      const [a, b] = [rows.get(one), rows.get(other)];
      if (!a || !b) return [];
      const [left, right] = a.observed > b.observed ? [b, a] : [a, b];
      const scored = scorePair(strict, left.fields, right.fields);
      return scored.score < rule.doubtful ? [] : [{ entity: entity.name, keep: right.key, drop: left.key, ...scored }];
    })
    .sort((a, b) => b.score - a.score || (a.drop < b.drop ? -1 : 1));
}

/** Pairs that have a block's value in common, and one more field. */
async function samePairs(
  sql: SqlSession,
  entity: Entity,
  rule: MatchRule,
  block: Block,
): Promise<readonly (readonly [string, string])[]> {
  const key = ident(entity.key[0]!);
  const column = `${ident(block.field)}::VARCHAR`;
  const weighty = [...rule.features]
    .filter(([field, { agree }]) => agree >= LEAST_WEIGHT && field !== block.field && field !== entity.key[0])
    .map(([field]) => field);
  const also = weighty.map((field) => `a.${ident(field)} = b.${ident(field)}`).join(' OR ');
  const rows = await sql.all<{ one: string; other: string }>(
    `WITH sharing AS (
       SELECT ${key} AS _key, ${block.head === undefined ? column : `left(${column}, ${block.head})`} AS _value,
         ${weighty.map(ident).join(', ')}
       FROM ${goldenTable(entity)} WHERE ${ident(block.field)} IS NOT NULL
       QUALIFY count(*) OVER (PARTITION BY _value) BETWEEN 2 AND ${MOST_SHARING})
     SELECT a._key AS one, b._key AS other FROM sharing a JOIN sharing b ON a._value = b._value AND a._key < b._key
     WHERE ${also} ORDER BY ALL LIMIT ${MOST_PAIRS}`,
  );
  return rows.map(({ one, other }) => [one, other]);
}

/** Pairs whose names or addresses have the same key. */
async function likePairs(
  sql: SqlSession,
  entity: Entity,
  block: Block,
): Promise<readonly (readonly [string, string])[]> {
  const key = ident(entity.key[0]!);
  const column = ident(block.field);
  const select = `SELECT ${key}::VARCHAR AS key, ${column}::VARCHAR AS "value" FROM ${goldenTable(entity)}
    WHERE ${key} > $1 AND ${column} IS NOT NULL ORDER BY ${key} LIMIT ${CHUNK}`;
  const shelves = new Map<string, string[]>();
  for (let after = ''; ; ) {
    const rows = await sql.all<{ key: string; value: string }>(select, [after]);
    for (const row of rows) {
      const value = blockKey(block, row.value);
      if (value !== undefined) shelves.set(value, [...(shelves.get(value) ?? []), row.key].slice(0, MOST_SHARING + 1));
    }
    if (rows.length < CHUNK) break;
    after = rows.at(-1)!.key;
  }
  return [...shelves.values()]
    .filter((keys) => keys.length > 1 && keys.length <= MOST_SHARING)
    .flatMap((keys) => keys.flatMap((one, i) => keys.slice(i + 1).map((other) => [one, other] as const)))
    .slice(0, MOST_PAIRS);
}

interface GoldenRow {
  readonly key: string;
  readonly observed: string;
  readonly fields: Fields;
}

async function readRows(
  sql: SqlSession,
  entity: Entity,
  fields: readonly string[],
  keys: ReadonlySet<string>,
): Promise<ReadonlyMap<string, GoldenRow>> {
  const key = ident(entity.key[0]!);
  const columns = fields.filter((field) => entity.elements.some((one) => one.field === field));
  const rows = await sql.all<Record<string, string | null> & { ':key': string; ':observed': string | null }>(
    `SELECT ${key}::VARCHAR AS ":key", ${ident(`${entity.key[0]!}_o`)}::VARCHAR AS ":observed",
       ${columns.map((field) => `${ident(field)}::VARCHAR AS ${ident(field)}`).join(', ')}
     FROM ${goldenTable(entity)} WHERE ${key} IN (SELECT unnest(from_json($1, '["VARCHAR"]')))`,
    [JSON.stringify([...keys])],
  );
  return new Map(
    rows.map(({ ':key': name, ':observed': observed, ...rest }) => [
      name,
      { key: name, observed: observed ?? '', fields: rest },
    ]),
  );
}
