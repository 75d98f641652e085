import type { Entity } from '../core/catalogue.ts';
import { CONFIRMED, readableValue } from './confirmations.ts';
import { stagedFields } from './contract-sql.ts';
import type { Row, SqlSession } from './duckdb.ts';
import { pageRefused } from './errors.ts';
import { eventSelect } from './event-select.ts';
import { contractsOf, type GoldenPlan } from './refresh.ts';
import { ident, literal } from './sql-text.ts';
import { stagedTable } from './staged-tables.ts';
import { goldenSelect } from './survivorship.ts';
import { NEWEST } from './versions.ts';

/** One version of what one dataset said of a field. */
export interface Observation {
  readonly source: string;
  readonly dataset: string;
  readonly value: string | null;
  readonly observed: string;
  readonly deleted: boolean;
  /** Id of the batch, and the record's line in it. */
  readonly batch: string;
  readonly row: number;
  readonly received_at: string;
  /** True while the dataset has not said otherwise since. */
  readonly stands: boolean;
}

const MOST_OBSERVATIONS = 1_000;

/**
 * Everything that was ever said of one field of one entity, confirmations included, newest first: the full answer to "where does
 * this value come from".
 */
export async function observationsOf(
  sql: SqlSession,
  plan: GoldenPlan,
  entity: Entity,
  key: string,
  field: string,
): Promise<readonly Observation[]> {
  if (!entity.elements.some((element) => element.field === field)) throw pageRefused(`${entity.name}.${field}`);
  const parts = entity.key.length === 1 ? [key] : key.split('|');
  const same = entity.key.map((name, i) => `${ident(name)}::VARCHAR = $${i + 1}`).join(' AND ');
  const selects = contractsOf(plan, entity)
    .filter((contract) => stagedFields(contract).some((column) => column.field === field))
    .map(
      (contract) =>
        `SELECT ${literal(contract.source)} AS source, ${literal(contract.dataset)} AS dataset, ${ident(field)}::VARCHAR AS "value",
           _observed AS observed, _deleted AS deleted, _batch, _row AS row, NOT _superseded AS stands
         FROM ${stagedTable(contract)} WHERE ${same}`,
    );
  const confirmed = `SELECT 'confirmation', campaign, "value", _observed, false, _batch, _row, NOT _superseded
    FROM staged."platform.confirmation" WHERE entity = ${literal(entity.name)} AND key = $${parts.length + 1} AND field = ${literal(field)}`;
  return sql.all<Observation>(
    `SELECT o.* EXCLUDE (_batch), b.id AS batch, b.received_at
     FROM (${[...selects, confirmed].join(' UNION ALL ')}) o JOIN ledger.batch b ON b.batch = o._batch
     ORDER BY observed DESC, b.received_at DESC, row DESC LIMIT ${MOST_OBSERVATIONS}`,
    [...parts, key],
  );
}

/**
 * The SELECT of an entity's rows as the warehouse would have published them at an earlier moment: chosen among what had been
 * received by then, with ages judged on that day.
 *
 * @param until civil time, `2026-10-01 00:00:00`
 */
export function asOfSelect(plan: GoldenPlan, entity: Entity, until: string): string {
  if (!/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(until)) throw pageRefused(`'${until}' is not a civil time`);
  const contracts = contractsOf(plan, entity);
  const { sources } = plan;
  if (entity.kind === 'event') return eventSelect(entity, contracts, sources, { receivedUntil: until });
  // The newest of a cell counts; when it cannot be read, nothing was confirmed.
  const confirmed = `(SELECT key, field, "value", _observed AS "at", _batch, _row FROM (
      FROM staged.${ident(CONFIRMED)} WHERE entity = ${literal(entity.name)}
        AND _batch IN (SELECT batch FROM ledger.batch WHERE received_at <= TIMESTAMP ${literal(until)})
      QUALIFY row_number() OVER (PARTITION BY key, field ORDER BY ${NEWEST}) = 1)
    WHERE ${readableValue(entity)})`;
  const select = goldenSelect({
    entity,
    contracts,
    sources,
    asOf: until.slice(0, 10),
    receivedUntil: until,
    confirmed,
  });
  return `SELECT * EXCLUDE (_conflicts) FROM (${select})`;
}

/** Rows of an entity as of an earlier moment, by key, a page at a time. */
export function rowsAsOf(
  sql: SqlSession,
  plan: GoldenPlan,
  entity: Entity,
  page: { readonly until: string; readonly offset: number; readonly limit: number },
): Promise<Row[]> {
  const order = entity.key.map(ident).join(', ');
  return sql.all(`SELECT * FROM (${asOfSelect(plan, entity, page.until)}) ORDER BY ${order} LIMIT $1 OFFSET $2`, [
    page.limit,
    page.offset,
  ]);
}
