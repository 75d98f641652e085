import { type Contract, datasetName } from './contract.ts';
import { sqlType, stagedFields } from './contract-sql.ts';
import type { SqlSession } from './duckdb.ts';
import { ident, literal } from './sql-text.ts';

/** `staged."grid.resident"`: every version of every record that a dataset brought. */
export function stagedTable(of: { readonly source: string; readonly dataset: string }): string {
  return `staged.${ident(datasetName(of))}`;
}

/**
 * A row is one version of one record: its fields, when it was observed, whether the source took it back, and the batch, place
 * in the dataset (`_seq`), and line (`_row`) it came in. The newest version of a record is the one with the greatest
 * (`_observed`, `_seq`, `_row`), an order that landing alone decides; the others are `_superseded`. `_version` is a hash of what
 * the record says, `_load` the staging pass.
 */
export function stagedTableDdl(contract: Contract): string {
  const fields = stagedFields(contract).map(({ field, type }) => `${ident(field)} ${sqlType(type)}`);
  return `CREATE TABLE IF NOT EXISTS ${stagedTable(contract)} (${fields.join(', ')}, _observed TIMESTAMP NOT NULL,
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
  }
  return outdated;
}

/** Forgets what was staged of a dataset; its batches in landing count as outstanding again. */
export async function emptyDataset(sql: SqlSession, contract: Contract): Promise<void> {
  const of = `source = ${literal(contract.source)} AND dataset = ${literal(contract.dataset)}`;
  await sql.run(`DROP TABLE IF EXISTS ${stagedTable(contract)}`);
  for (const table of ['ledger.batch', 'ledger.drift', 'quarantine.record', 'quarantine.value']) {
    await sql.run(`DELETE FROM ${table} WHERE ${of}`);
  }
  await sql.run(stagedTableDdl(contract));
  // No golden row may rest on what was forgotten: another code makes the next refresh a full one.
  const whose = contract.entity === null ? '' : `WHERE entity = ${literal(contract.entity)}`;
  await sql.run(`UPDATE ledger.entity SET code = '' ${whose}`);
}
