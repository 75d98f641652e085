import type { Entity } from '../core/catalogue.ts';
import { CONFIRMED, confirmedKeys, keyText, readableValue } from './confirmations.ts';
import type { Contract } from './contract.ts';
import type { SqlSession } from './duckdb.ts';
import type { SourceCode } from './source-codes.ts';
import { ident, literal } from './sql-text.ts';
import { stagedTable } from './staged-tables.ts';
import { freshSince, goldenDdl, goldenSelect } from './survivorship.ts';
import { NEWEST } from './versions.ts';

/** The entity whose history is made, and from what. */
export interface HistoryOf {
  readonly entity: Entity;
  readonly contracts: readonly Contract[];
  readonly sources: ReadonlyMap<string, SourceCode>;
  /** The civil day that the golden rows stand for. */
  readonly asOf: string;
  /** True when people's confirmations are a dataset of the warehouse. */
  readonly vouchable: boolean;
}

/** States of entities looked at in one pass: a hundred columns wide, they have to fit beside the rest in memory. */
const STATES_PER_PASS = 100_000;

/** Spans that ended: the golden columns as they were, with `valid_from` and `valid_to`. */
export function pastTable(entity: Entity): string {
  return `history.${ident(entity.name)}`;
}

/** The key columns and `valid_from`: since when the golden row has been what it is. */
export function sinceTable(entity: Entity): string {
  return `history.${ident(`${entity.name}_since`)}`;
}

/** Makes both tables empty. */
export function historyDdl(entity: Entity): string {
  const [past, since] = [pastTable(entity), sinceTable(entity)];
  return `${goldenDdl(entity, past)}; ALTER TABLE ${past} DROP COLUMN _conflicts;
    ALTER TABLE ${past} ADD COLUMN valid_from DATE; ALTER TABLE ${past} ADD COLUMN valid_to DATE;
    CREATE OR REPLACE TABLE ${since} AS SELECT ${keysOf(entity)}, valid_from FROM ${past}`;
}

/**
 * Brings an entity's history up to its golden rows, in the caller's transaction; of `touched` keys alone when that table is named.
 *
 * What is known of an entity changes at the end of a day on which something of it came, or on which something became too old. Nearly
 * all entities have one such day: their golden row holds since then, and it is not written twice. Of the others the rows of all
 * these days are chosen anew; days on which the row stayed the same make one span. So the history depends on landing alone, not on
 * when it was refreshed, and what comes late never changes what was answered before.
 */
export async function refreshHistory(sql: SqlSession, of: HistoryOf, touched: string | null): Promise<void> {
  const { entity } = of;
  const keys = keysOf(entity);
  if (touched === null) {
    await sql.run(historyDdl(entity));
  } else {
    for (const table of [pastTable(entity), sinceTable(entity)]) {
      await sql.run(`DELETE FROM ${table} h USING ${touched} t WHERE ${sameKey(entity, 'h', 't')}`);
    }
  }
  if (of.contracts.length === 0) return;
  await sql.run(`CREATE OR REPLACE TEMP TABLE arrivals AS ${await arrivalsSelect(sql, of, touched)}`);
  await sql.run(`INSERT INTO ${sinceTable(entity)} SELECT ${keys}, first FROM arrivals
    SEMI JOIN ${golden(entity)} USING (${keys}) WHERE NOT several`);
  await sql.run(`CREATE OR REPLACE TEMP TABLE changes AS ${changesSelect(of)}`);
  const [found] = await sql.all<{ n: number }>('SELECT count(*) AS n FROM changes');
  const passes = Math.ceil((found?.n ?? 0) / STATES_PER_PASS);
  for (let pass = 0; pass < passes; pass++) {
    await sql.run(`CREATE OR REPLACE TEMP TABLE moments AS FROM changes WHERE hash(${keys}) % ${passes} = ${pass}`);
    await addSpans(sql, of);
  }
  await sql.run('DROP TABLE arrivals; DROP TABLE changes; DROP TABLE IF EXISTS moments');
}

/** One row per entity: the first day on which something of it came, and whether there are `several` days of change. */
async function arrivalsSelect(sql: SqlSession, of: HistoryOf, touched: string | null): Promise<string> {
  const { entity, asOf } = of;
  const keys = keysOf(entity);
  const [oldest] = await sql.all<{ day: string | null }>('SELECT min(received_at)::DATE AS day FROM ledger.batch');
  // Of what was fresh when the first batch came, and is too old on the golden day: it may have aged in between.
  const ages = livesOf(entity).map(
    (days) => `(_observed < ${freshSince(asOf, days)} AND _observed >= ${freshSince(oldest?.day ?? asOf, days)})`,
  );
  const aged = oldest?.day === asOf || ages.length === 0 ? 'false' : ages.join(' OR ');
  const batches = saidSelects(of, touched).map(
    (said) => `SELECT ${keys}, _batch, bool_or(${aged}) AS aged FROM (${said}) GROUP BY ALL`,
  );
  return `SELECT ${keys}, min(received_at)::DATE AS first, min(received_at)::DATE < max(received_at)::DATE OR bool_or(aged) AS several
    FROM (${batches.join(' UNION ALL ')}) JOIN ledger.batch b ON b.batch = _batch GROUP BY ${keys}`;
}

/** The days on which entities with several of them may have become another: `_at`. */
function changesSelect(of: HistoryOf): string {
  const { entity, asOf } = of;
  const keys = keysOf(entity);
  const said = saidSelects(of, '(FROM arrivals WHERE several)').join(' UNION ALL ');
  const tooOld = livesOf(entity).map((days) => `SELECT ${keys}, first, _observed::DATE + ${days + 1} AS _at FROM said`);
  return `WITH said AS (SELECT s.*, a.first FROM (${said}) s JOIN arrivals a ON ${sameKey(entity, 's', 'a')})
    SELECT ${keys}, b.received_at::DATE AS _at FROM said JOIN ledger.batch b ON b.batch = _batch
    ${tooOld.length === 0 ? '' : `UNION SELECT ${keys}, _at FROM (${tooOld.join(' UNION ALL ')}) WHERE _at > first AND _at <= DATE ${literal(asOf)}`}
    UNION SELECT ${keys}, first FROM arrivals WHERE several`;
}

/** Per dataset, and for confirmations: the key columns, `_observed` and `_batch` of everything that was said of the entities. */
function saidSelects({ entity, contracts, vouchable }: HistoryOf, only: string | null): string[] {
  const keys = keysOf(entity);
  const cut = only === null ? '' : `SEMI JOIN ${only} t USING (${keys})`;
  const selects = contracts.map((contract) => `SELECT ${keys}, _observed, _batch FROM ${stagedTable(contract)} ${cut}`);
  if (!vouchable) return selects;
  const vouched = `(SELECT ${confirmedKeys(entity)}, _observed, _batch FROM staged.${ident(CONFIRMED)} WHERE entity = ${literal(entity.name)})`;
  return [...selects, `SELECT ${keys}, _observed, _batch FROM ${vouched} ${cut}`];
}

/** The rows of the entities and days of table `moments`, chosen among what had been received by the end of each day. */
export function statesSelect(of: Omit<HistoryOf, 'vouchable'>, vouched: boolean): string {
  const options = { ...of, moments: 'moments' };
  return goldenSelect(vouched ? { ...options, confirmed: 'vouched' } : options);
}

/** Chooses the rows of table `moments` and writes them as spans. */
async function addSpans(sql: SqlSession, of: HistoryOf): Promise<void> {
  const { entity } = of;
  const vouched = of.vouchable && (await listVouched(sql, entity)) > 0;
  await sql.run(
    `CREATE OR REPLACE TEMP TABLE states AS SELECT * EXCLUDE (_conflicts) FROM (${statesSelect(of, vouched)})`,
  );
  const columns = await sql.all<{ column_name: string }>('DESCRIBE states');
  const names = columns.map(({ column_name }) => column_name).filter((name) => name !== '_at');
  const keys = keysOf(entity);
  const order = `OVER (PARTITION BY ${keys} ORDER BY _at)`;
  await sql.run(`CREATE OR REPLACE TEMP TABLE spans AS
    SELECT *, lead(_at) ${order} AS valid_to FROM (
      SELECT * FROM (
        SELECT ${entity.key.map((key) => `m.${ident(key)}`).join(', ')}, m._at, s.state
        FROM moments m LEFT JOIN (SELECT ${keys}, _at, hash(${names.map(ident).join(', ')}) AS state FROM states) s
          ON ${sameKey(entity, 'm', 's')} AND m._at = s._at
      ) QUALIFY state IS DISTINCT FROM lag(state) ${order})`);
  await sql.run(`INSERT INTO ${pastTable(entity)} BY NAME
    SELECT s.* EXCLUDE (_at), s._at AS valid_from, p.valid_to FROM states s
    JOIN spans p ON ${sameKey(entity, 's', 'p')} AND s._at = p._at WHERE p.valid_to IS NOT NULL`);
  await sql.run(`INSERT INTO ${sinceTable(entity)}
    SELECT ${keys}, _at FROM spans WHERE state IS NOT NULL AND valid_to IS NULL`);
  await sql.run('DROP TABLE states; DROP TABLE spans; DROP TABLE IF EXISTS vouched');
}

/** Temp table `vouched`: the confirmations that stood on the days of table `moments`; returns how many. */
async function listVouched(sql: SqlSession, entity: Entity): Promise<number> {
  await sql.run(`CREATE OR REPLACE TEMP TABLE vouched AS
    SELECT key, _at, field, "value", _observed AS "at", _batch, _row FROM (
      SELECT c.*, m._at FROM staged.${ident(CONFIRMED)} c JOIN ledger.batch b ON b.batch = c._batch
      JOIN (SELECT ${keyText(entity, 'm')} AS key, _at FROM moments m) m ON m.key = c.key AND b.received_at::DATE <= m._at
      WHERE c.entity = ${literal(entity.name)}
    QUALIFY row_number() OVER (PARTITION BY c.key, c.field, m._at ORDER BY ${NEWEST}) = 1)
    WHERE ${readableValue(entity)}`);
  const [found] = await sql.all<{ n: number }>('SELECT count(*) AS n FROM vouched');
  return found?.n ?? 0;
}

function livesOf(entity: Entity): number[] {
  return [...new Set(entity.elements.flatMap(({ ttlDays }) => ttlDays ?? []))];
}

function keysOf(entity: Entity): string {
  return entity.key.map(ident).join(', ');
}

function golden({ theme, name }: Entity): string {
  return `${ident(theme)}.${ident(name)}`;
}

function sameKey({ key }: Entity, one: string, other: string): string {
  return key.map((name) => `${one}.${ident(name)} = ${other}.${ident(name)}`).join(' AND ');
}
