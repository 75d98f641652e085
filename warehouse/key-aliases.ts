import { CONFIRMED } from './confirmations.ts';
import type { Contract } from './contract.ts';
import { datasetName } from './contract.ts';
import type { SqlSession } from './duckdb.ts';
import { ident, literal } from './sql-text.ts';
import { emptyDataset, readStaged } from './staged-tables.ts';

/** A decision of `platform.decision` is about two keys of one entity by this: `merge:person:DROP>KEEP`. */
export const MERGE = 'merge:';

/** What a merge is called in `platform.decision`. */
export function mergeName(entity: string, drop: string, keep: string): string {
  return `${MERGE}${entity}:${drop}>${keep}`;
}

/** Two keys that count as one from a merge on. */
export interface KeyAlias {
  readonly entity: string;
  /** The key that records came with. */
  readonly was: string;
  /** The key they count as. */
  readonly key: string;
}

/** SELECT of `entity`, `was`, `key`, `_load` and `_superseded` of all decisions about merges, of one entity or of all. */
export function mergeDecisions(entity?: string): string {
  return `(SELECT regexp_extract(batch, '^${MERGE}([^:]+):', 1) AS entity, regexp_extract(batch, '^${MERGE}[^:]+:(.*)>', 1) AS was,
      regexp_extract(batch, '>([^>]*)$', 1) AS key, decision, _load, _superseded
    FROM staged."platform.decision" WHERE starts_with(batch, ${literal(entity === undefined ? MERGE : `${MERGE}${entity}:`)}))`;
}

/**
 * The merges that stand, each key with the one it counts as in the end: where B was merged into A after C into B, C counts as A.
 * A ring, which nobody can decide one by one, joins nothing.
 */
export async function standingAliases(sql: SqlSession): Promise<readonly KeyAlias[]> {
  const rows = await sql.all<KeyAlias & Record<string, string>>(
    `SELECT entity, was, key FROM ${mergeDecisions()} WHERE NOT _superseded AND decision = 'accepted' ORDER BY ALL`,
  );
  const name = (entity: string, key: string) => `${entity}:${key}`;
  const next = new Map(rows.map(({ entity, was, key }) => [name(entity, was), key]));
  return rows.flatMap(({ entity, was, key: first }) => {
    // One key counts as one other, however landing came to say two.
    if (next.get(name(entity, was)) !== first) return [];
    const seen = new Set<string>();
    let key = was;
    for (let on = next.get(name(entity, key)); on !== undefined; on = next.get(name(entity, key))) {
      if (seen.has(key)) return [];
      seen.add(key);
      key = on;
    }
    return [{ entity, was, key }];
  });
}

/** The merges that readers of staged records see, of one entity or of all. */
export function appliedAliases(sql: SqlSession, entity?: string): Promise<KeyAlias[]> {
  return sql.all<KeyAlias & Record<string, string>>(
    'SELECT entity, was, key FROM ledger.alias WHERE $1::VARCHAR IS NULL OR entity = $1 ORDER BY ALL',
    [entity ?? null],
  );
}

/**
 * Makes readers of staged records see the merges that stand, in the caller's transaction. Confirmations name an entity by their
 * text and are staged anew where a merge or a split touches one.
 *
 * @returns the datasets that were emptied and are to be staged again.
 */
export async function applyAliases(
  sql: SqlSession,
  contracts: ReadonlyMap<string, Contract>,
): Promise<readonly Contract[]> {
  const [standing, applied] = [await standingAliases(sql), await appliedAliases(sql)];
  const text = ({ entity, was, key }: KeyAlias) => `${entity}:${was}>${key}`;
  const has = (aliases: readonly KeyAlias[]) => new Set(aliases.map(text));
  const [now, before] = [has(standing), has(applied)];
  const changed = [
    ...standing.filter((one) => !before.has(text(one))),
    ...applied.filter((one) => !now.has(text(one))),
  ];
  if (changed.length === 0) return [];
  await sql.run('DELETE FROM ledger.alias');
  await sql.run(
    `INSERT INTO ledger.alias SELECT unnest(from_json($1, '[{"entity":"VARCHAR","was":"VARCHAR","key":"VARCHAR"}]'), recursive := true)`,
    [JSON.stringify(standing.map(({ entity, was, key }) => ({ entity, was, key })))],
  );
  const entities = new Set(changed.map(({ entity }) => entity));
  for (const contract of contracts.values()) {
    if (contract.entity !== null && entities.has(contract.entity)) await readStaged(sql, contract);
  }
  const confirmations = contracts.get(CONFIRMED);
  if (!confirmations) return [];
  const names = changed.flatMap(({ entity, was, key }) => [`${entity}:${was}`, `${entity}:${key}`]);
  const [touched] = await sql.all<{ n: number }>(
    `SELECT count(*) AS n FROM staged.${ident(CONFIRMED)} WHERE list_contains(from_json($1, '["VARCHAR"]'), entity || ':' || key)`,
    [JSON.stringify(names)],
  );
  if (!touched || touched.n === 0) return [];
  await emptyDataset(sql, confirmations);
  return [confirmations];
}

/** Confirmations that are being staged, in temp table `checked`, name the entity that their key counts as. */
export async function renameConfirmed(sql: SqlSession, contract: Contract): Promise<void> {
  if (datasetName(contract) !== CONFIRMED) return;
  await sql.run(
    'UPDATE checked SET key = a.key FROM ledger.alias a WHERE checked.entity = a.entity AND checked.key = a.was',
  );
}
