import { type Contract, datasetName } from './contract.ts';
import { sqlType, stagedFields } from './contract-sql.ts';
import type { SqlSession } from './duckdb.ts';
import { ident, literal } from './sql-text.ts';

/**
 * `spoken."grid.resident"`: every version of every record that a dataset brought, under the key that it counts as. What golden rows
 * and their history are chosen from.
 */
export function stagedTable(of: { readonly source: string; readonly dataset: string }): string {
  return `spoken.${ident(datasetName(of))}`;
}

/** `staged."grid.resident"`: the same as it came; what staging writes. */
export function versionsTable(of: { readonly source: string; readonly dataset: string }): string {
  return `staged.${ident(datasetName(of))}`;
}

/** The column by which a dataset's records name their entity and which a merge may turn into another one; null when it cannot. */
export function aliasedColumn({ entity, key }: Contract): string | null {
  return entity !== null && key.length === 1 ? key[0]! : null;
}

/**
 * Makes `stagedTable` of a dataset: the rows as they came, until a merge is about its entity; from then on with the key that each
 * counts as. `_key` is the key that a row came with: what tells records apart stays what it was.
 */
export async function readStaged(sql: SqlSession, contract: Contract): Promise<void> {
  const column = aliasedColumn(contract);
  const [aliases] = await sql.all<{ n: number }>('SELECT count(*) AS n FROM ledger.alias WHERE entity = $1', [
    contract.entity,
  ]);
  const rows = versionsTable(contract);
  const select =
    column === null
      ? `SELECT * FROM ${rows}`
      : !aliases || aliases.n === 0
        ? `SELECT *, ${ident(column)} AS _key FROM ${rows}`
        : `SELECT s.* REPLACE (coalesce(a.key, s.${ident(column)}) AS ${ident(column)}), s.${ident(column)} AS _key
           FROM ${rows} s LEFT JOIN (SELECT was, key FROM ledger.alias WHERE entity = ${literal(contract.entity!)}) a
             ON a.was = s.${ident(column)}`;
  await sql.run(`CREATE OR REPLACE VIEW ${stagedTable(contract)} AS ${select}`);
}

/**
 * A row is one version of one record: its fields, when it was observed, whether the source took it back, and the batch, place
 * in the dataset (`_seq`), and line (`_row`) it came in. The newest version of a record is the one with the greatest
 * (`_observed`, `_seq`, `_row`), an order that landing alone decides; the others are `_superseded`. `_version` is a hash of what
 * the record says, `_load` the staging pass.
 */
export function stagedTableDdl(contract: Contract): string {
  const fields = stagedFields(contract).map(({ field, type }) => `${ident(field)} ${sqlType(type)}`);
  return `CREATE TABLE IF NOT EXISTS ${versionsTable(contract)} (${fields.join(', ')}, _observed TIMESTAMP NOT NULL,
    _deleted BOOLEAN NOT NULL, _batch BIGINT NOT NULL, _seq INTEGER NOT NULL, _row INTEGER NOT NULL, _version UBIGINT NOT NULL,
    _load INTEGER NOT NULL, _superseded BOOLEAN NOT NULL)`;
}

/**
 * Makes the staged tables. A dataset whose contract is not the one its rows were staged under is emptied together with its ledger
 * rows: its batches count as outstanding again and are staged anew from landing.
 *
 * @returns the datasets that were emptied.
 */
export async function prepareStagedTables(
  sql: SqlSession,
  contracts: ReadonlyMap<string, Contract>,
): Promise<readonly string[]> {
  const outdated: string[] = [];
  for (const contract of contracts.values()) {
    const [other] = await sql.all<{ n: number }>(
      'SELECT count(*) AS n FROM ledger.batch WHERE source = $1 AND dataset = $2 AND contract_hash <> $3',
      [contract.source, contract.dataset, contract.hash],
    );
    if (other && other.n > 0) {
      outdated.push(datasetName(contract));
      await emptyDataset(sql, contract);
    }
    await sql.run(stagedTableDdl(contract));
    await readStaged(sql, contract);
  }
  return outdated;
}

/** Forgets what was staged of a dataset; its batches in landing count as outstanding again. */
export async function emptyDataset(sql: SqlSession, contract: Contract): Promise<void> {
  const of = `source = ${literal(contract.source)} AND dataset = ${literal(contract.dataset)}`;
  await sql.run(`DROP TABLE IF EXISTS ${versionsTable(contract)}`);
  for (const table of ['ledger.batch', 'ledger.drift', 'quarantine.record', 'quarantine.value']) {
    await sql.run(`DELETE FROM ${table} WHERE ${of}`);
  }
  await sql.run(stagedTableDdl(contract));
  await readStaged(sql, contract);
  // No golden row may rest on what was forgotten: another code makes the next refresh a full one.
  const whose = contract.entity === null ? '' : `WHERE entity = ${literal(contract.entity)}`;
  await sql.run(`UPDATE ledger.entity SET code = '' ${whose}`);
}
