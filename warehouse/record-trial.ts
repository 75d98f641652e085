import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../core/json.ts';
import type { Contract } from './contract.ts';
import { brokenRulesSelect, checkedSelect } from './contract-sql.ts';
import { inTransaction, type SqlSession } from './duckdb.ts';

/** What a contract says of one record. */
export interface Verdict {
  /** The rules for which it would be set aside; empty: it passes. */
  readonly breaks: readonly string[];
}

/**
 * Holds records against a contract as staging would, without staging them; one verdict each, in their order. The same SQL judges as
 * in staging, so what passes here passes there.
 */
export async function tryRecords(
  sql: SqlSession,
  contract: Contract,
  records: readonly JsonObject[],
): Promise<readonly Verdict[]> {
  if (records.length === 0) return [];
  const folder = await mkdtemp(join(tmpdir(), 'fillonce-trial-'));
  const file = join(folder, `${randomUUID()}.ndjson`);
  try {
    await writeFile(file, `${records.map((record) => JSON.stringify(record)).join('\n')}\n`, { mode: 0o600 });
    return await inTransaction(sql, async () => {
      await sql.run(`CREATE OR REPLACE TEMP TABLE trial AS ${checkedSelect(contract, [file])}`);
      await sql.run(
        'CREATE OR REPLACE TEMP TABLE bad AS SELECT _at, _raw, _fatal AS _bits FROM trial WHERE _fatal <> 0',
      );
      const broken = await sql.all<{ at: number; rules: string[] }>(
        `SELECT _at AS "at", list(rule ORDER BY rule) AS rules FROM (${brokenRulesSelect(contract)}) GROUP BY _at`,
      );
      await sql.run('DROP TABLE trial; DROP TABLE bad');
      const rules = new Map(broken.map(({ at, rules: names }) => [at, names]));
      return records.map((_record, i) => ({ breaks: rules.get(i + 1) ?? [] }));
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
