import { readDeclaredSql } from './declared-sql.ts';
import type { Row, SqlSession } from './duckdb.ts';
import { declarationWrong } from './errors.ts';

/** A question to the new marts whose answer should be no rows. */
export interface Check {
  /** `population.person_key`. */
  readonly id: string;
  readonly theme: string;
  /** `block` keeps the old publication in place. */
  readonly severity: 'block' | 'warn';
  readonly about: string;
  readonly sql: string;
}

export interface CheckResult {
  readonly check: string;
  readonly theme: string;
  readonly severity: 'block' | 'warn';
  readonly about: string;
  /** Offending rows. */
  readonly rows: number;
  /** The first few of them. */
  readonly sample: readonly Row[];
}

const SAMPLE = 5;

/** The checks of `themes/<theme>/checks/*.sql`. */
export function loadChecks(): readonly Check[] {
  return readDeclaredSql('checks').map(({ theme, name, file, about, headers, sql }) => {
    const severity = headers.severity;
    if (severity !== 'block' && severity !== 'warn')
      throw declarationWrong(file, '`-- severity:` is not block or warn');
    return { id: `${theme}.${name}`, theme, severity, about, sql };
  });
}

/** Runs checks over the tables of the working file. */
export async function runChecks(sql: SqlSession, checks: readonly Check[]): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checks) {
    const [found] = await sql.all<{ n: number }>(`SELECT count(*) AS n FROM (${check.sql})`);
    const rows = found?.n ?? 0;
    const sample = rows === 0 ? [] : await sql.all(`SELECT * FROM (${check.sql}) LIMIT ${SAMPLE}`);
    const { id, theme, severity, about } = check;
    results.push({ check: id, theme, severity, about, rows, sample });
  }
  return results;
}
