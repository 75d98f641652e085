import type { Catalogue, Entity } from '../core/catalogue.ts';
import { contentHash } from '../core/ids.ts';
import { CONFIRMED, confirmedKeys, keyText, readableValue } from './confirmations.ts';
import { type Contract, datasetName } from './contract.ts';
import type { SqlSession } from './duckdb.ts';
import { eventDdl, eventSelect } from './event-select.ts';
import { type HistoryOf, refreshHistory, statesSelect } from './history-spans.ts';
import { appliedAliases, mergeDecisions } from './key-aliases.ts';
import type { SourceCode } from './source-codes.ts';
import { ident, literal } from './sql-text.ts';
import { stagedTable } from './staged-tables.ts';
import { freshSince, goldenDdl, goldenSelect } from './survivorship.ts';

/** What the golden layer is made from. */
export interface GoldenPlan {
  readonly catalogue: Catalogue;
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly sources: ReadonlyMap<string, SourceCode>;
  /** Hash of the SQL that makes each entity: see `planHash`. */
  readonly codes: ReadonlyMap<string, string>;
}

/** Declarations put together, with the hash of what each entity is made by. */
export function goldenPlan(of: Omit<GoldenPlan, 'codes'>): GoldenPlan {
  const codes = new Map(of.catalogue.entities.map((entity) => [entity.name, planHash(of, entity)]));
  return { ...of, codes };
}

export interface RefreshedEntity {
  readonly entity: string;
  readonly mode: 'full' | 'incremental' | 'none';
  /** Keys that were looked at again. */
  readonly touched: number;
  /** Rows of the golden table afterwards. */
  readonly rows: number;
}

/** `population.person`: the golden table, and the mart made of it. */
export function goldenTable(entity: Entity): string {
  return `${ident(entity.theme)}.${ident(entity.name)}`;
}

/** More than this share of the keys touched: making the table anew is quicker. */
const FULL_SHARE = 0.3;

/**
 * Brings one entity's golden rows up to the newest staged load and to the civil day `asOf`, in the caller's transaction. Only keys
 * that a load, a confirmation or the passing of a time to live touched are made anew; the result equals a full rebuild.
 */
export async function refreshEntity(
  sql: SqlSession,
  plan: GoldenPlan,
  entity: Entity,
  asOf: string,
): Promise<RefreshedEntity> {
  const contracts = contractsOf(plan, entity);
  const table = goldenTable(entity);
  const code = plan.codes.get(entity.name) ?? '';
  const history: HistoryOf = {
    entity,
    contracts,
    sources: plan.sources,
    asOf,
    vouchable: plan.contracts.has(CONFIRMED),
  };
  const newest = await newestLoad(sql, plan, entity, contracts);
  const [state] = await sql.all<{ load: number; as_of: string; version: number; code: string }>(
    'SELECT load, as_of, version, code FROM ledger.entity WHERE entity = $1',
    [entity.name],
  );
  const known = state !== undefined && state.code === code && state.as_of <= asOf;
  if (known && state.load >= newest && state.as_of === asOf) {
    return { entity: entity.name, mode: 'none', touched: 0, rows: await count(sql, table) };
  }
  if (known) await findTouched(sql, plan, entity, contracts, state, asOf);
  const touched = known ? await count(sql, 'touched') : 0;
  const before = known ? await count(sql, table) : 0;
  const mode = !known || touched > before * FULL_SHARE ? 'full' : touched > 0 ? 'incremental' : 'none';

  if (mode === 'full') await makeAnew(sql, plan, entity, contracts, asOf);
  if (mode === 'incremental') await makeTouched(sql, plan, entity, contracts, asOf);
  if (entity.history && mode !== 'none') await refreshHistory(sql, history, mode === 'incremental' ? 'touched' : null);
  if (known) await sql.run('DROP TABLE touched');
  await sql.run('DELETE FROM ledger.entity WHERE entity = $1', [entity.name]);
  await sql.run('INSERT INTO ledger.entity VALUES ($1, $2, $3::DATE, $4, $5)', [
    entity.name,
    Math.max(newest, state?.load ?? 0),
    asOf,
    (state?.version ?? 0) + (mode === 'none' ? 0 : 1),
    code,
  ]);
  return {
    entity: entity.name,
    mode,
    touched: mode === 'full' ? await count(sql, table) : touched,
    rows: await count(sql, table),
  };
}

/** The newest load of the datasets that decide over an entity's rows. */
async function newestLoad(
  sql: SqlSession,
  plan: GoldenPlan,
  entity: Entity,
  contracts: readonly Contract[],
): Promise<number> {
  const confirmed = entity.kind === 'golden' ? plan.contracts.get(CONFIRMED) : undefined;
  const names = [...contracts, ...(confirmed ? [confirmed] : [])].map((contract) => literal(datasetName(contract)));
  if (names.length === 0) return 0;
  const [row] = await sql.all<{ load: number }>(
    `SELECT coalesce(max(load), 0) AS load FROM ledger.batch WHERE source || '.' || dataset IN (${names.join(', ')})`,
  );
  const [merged] = await sql.all<{ load: number }>(
    `SELECT coalesce(max(_load), 0) AS load FROM ${mergeDecisions(entity.name)}`,
  );
  return Math.max(row?.load ?? 0, merged?.load ?? 0);
}

/** Hash of everything that decides how an entity's rows are chosen: another one means a full refresh. */
function planHash(plan: Omit<GoldenPlan, 'codes'>, entity: Entity): string {
  const contracts = contractsOf(plan, entity);
  const select =
    entity.kind === 'event'
      ? eventSelect(entity, contracts, plan.sources)
      : goldenSelect({ entity, contracts, sources: plan.sources, asOf: '2000-01-01', confirmed: 'confirmed' });
  const history = entity.history
    ? statesSelect({ entity, contracts, sources: plan.sources, asOf: '2000-01-01' }, true)
    : '';
  return contentHash(select + history).slice(0, 16);
}

export function contractsOf(plan: Pick<GoldenPlan, 'contracts'>, entity: Entity): readonly Contract[] {
  return [...plan.contracts.values()].filter((contract) => contract.entity === entity.name);
}

async function findTouched(
  sql: SqlSession,
  plan: GoldenPlan,
  entity: Entity,
  contracts: readonly Contract[],
  state: { readonly load: number; readonly as_of: string },
  asOf: string,
): Promise<void> {
  const keys = entity.key.map(ident).join(', ');
  const lives = new Set(entity.elements.flatMap(({ ttlDays }) => ttlDays ?? []));
  // An observation that was within its time to live on the day of the last refresh and is not any more may change the choice.
  const aged = (column: string) =>
    state.as_of === asOf
      ? ''
      : [...lives]
          .map(
            (days) => ` OR (${column} >= ${freshSince(state.as_of, days)} AND ${column} < ${freshSince(asOf, days)})`,
          )
          .join('');
  const selects = contracts.map(
    (contract) =>
      `SELECT ${keys} FROM ${stagedTable(contract)} WHERE _load > ${state.load}${entity.kind === 'golden' ? aged('_observed') : ''}`,
  );
  if (entity.kind === 'golden' && plan.contracts.has(CONFIRMED)) {
    selects.push(`SELECT ${confirmedKeys(entity)} FROM staged.${ident(CONFIRMED)}
      WHERE entity = ${literal(entity.name)} AND (_load > ${state.load}${aged('_observed')})`);
  }
  if (entity.kind === 'golden' && entity.key.length === 1) {
    const merges = `${mergeDecisions(entity.name)} WHERE _load > ${state.load}`;
    selects.push(`SELECT was AS ${keys} FROM ${merges}`, `SELECT key FROM ${merges}`);
  }
  await sql.run(
    `CREATE OR REPLACE TEMP TABLE touched AS ${selects.length === 0 ? `SELECT ${keys} FROM ${goldenTable(entity)} LIMIT 0` : selects.join(' UNION ')}`,
  );
}

async function makeAnew(
  sql: SqlSession,
  plan: GoldenPlan,
  entity: Entity,
  contracts: readonly Contract[],
  asOf: string,
): Promise<void> {
  const table = goldenTable(entity);
  const { sources } = plan;
  await sql.run(entity.kind === 'event' ? eventDdl(entity, table) : goldenDdl(entity, table));
  if (contracts.length === 0) return;
  // To plan the choice among sources takes longer than to make a small table.
  const staged = await anyStaged(sql, contracts);
  if (entity.kind === 'event') {
    if (!staged) return;
    await sql.run(`INSERT INTO ${table} BY NAME ${eventSelect(entity, contracts, sources)}`);
    return;
  }
  const confirmed = await standingConfirmations(sql, plan, entity);
  if (confirmed === 0 && !staged) return;
  const merged = (await appliedAliases(sql, entity.name)).length > 0;
  const simple = { entity, contracts, sources, asOf, merged };
  if (confirmed === 0) return sql.run(`INSERT INTO ${table} BY NAME ${goldenSelect(simple)}`);
  await sql.run(
    `CREATE OR REPLACE TEMP TABLE confirmed_keys AS SELECT DISTINCT ${confirmedKeys(entity)} FROM confirmed`,
  );
  await sql.run(`INSERT INTO ${table} BY NAME ${goldenSelect({ ...simple, except: 'confirmed_keys' })}`);
  const few = goldenSelect({ ...simple, only: 'confirmed_keys', confirmed: 'confirmed' });
  await sql.run(`INSERT INTO ${table} BY NAME ${few}`);
  await sql.run('DROP TABLE confirmed_keys; DROP TABLE confirmed');
}

async function anyStaged(sql: SqlSession, contracts: readonly Contract[]): Promise<boolean> {
  const filled = contracts.map((contract) => `EXISTS (SELECT 1 FROM ${stagedTable(contract)})`);
  const [found] = await sql.all<{ any: boolean }>(`SELECT ${filled.join(' OR ')} AS "any"`);
  return found?.any === true;
}

async function makeTouched(
  sql: SqlSession,
  plan: GoldenPlan,
  entity: Entity,
  contracts: readonly Contract[],
  asOf: string,
): Promise<void> {
  const table = goldenTable(entity);
  const { sources } = plan;
  const keys = entity.key.map(ident);
  const same = keys.map((key) => `g.${key} = t.${key}`).join(' AND ');
  await sql.run(`DELETE FROM ${table} g USING touched t WHERE ${same}`);
  if (entity.kind === 'event') {
    await sql.run(`INSERT INTO ${table} BY NAME ${eventSelect(entity, contracts, sources, { only: 'touched' })}`);
    return;
  }
  const confirmed = await standingConfirmations(sql, plan, entity, 'touched');
  const merged = (await appliedAliases(sql, entity.name)).length > 0;
  const options = { entity, contracts, sources, asOf, only: 'touched', merged };
  const select = goldenSelect(confirmed === 0 ? options : { ...options, confirmed: 'confirmed' });
  await sql.run(`INSERT INTO ${table} BY NAME ${select}`);
  if (confirmed > 0) await sql.run('DROP TABLE confirmed');
}

/** Fills temp table `confirmed` with the newest readable confirmation of each cell; returns how many there are. */
async function standingConfirmations(
  sql: SqlSession,
  plan: GoldenPlan,
  entity: Entity,
  only?: string,
): Promise<number> {
  if (!plan.contracts.has(CONFIRMED)) return 0;
  await sql.run(`CREATE OR REPLACE TEMP TABLE confirmed AS
    SELECT key, field, "value", _observed AS "at", _batch, _row FROM staged.${ident(CONFIRMED)} c
    WHERE entity = ${literal(entity.name)} AND NOT _superseded
      ${only === undefined ? '' : `AND key IN (SELECT ${keyText(entity, 't')} FROM ${only} t)`}
      AND ${readableValue(entity)}`);
  const standing = await count(sql, 'confirmed');
  if (standing === 0) await sql.run('DROP TABLE confirmed');
  return standing;
}

async function count(sql: SqlSession, table: string): Promise<number> {
  const [row] = await sql.all<{ n: number }>(`SELECT count(*) AS n FROM ${table}`);
  return row?.n ?? 0;
}
