import { errorText } from '../core/errors.ts';
import type { DuckDb, SqlSession } from './duckdb.ts';
import { fingerprint } from './fingerprint.ts';
import { endedName, entityName } from './history-mart.ts';
import type { Landing } from './landing.ts';
import type { MissingBatch } from './landing-loss.ts';
import type { Mart } from './marts.ts';
import { makeModels, rowsOf } from './publication.ts';
import { manifestWhole, type PublicationFolder, type PublicationManifest } from './publication-folder.ts';
import { ident, literal } from './sql-text.ts';
import type { TableDifference } from './verify-tables.ts';

export interface MartDifference {
  readonly mart: string;
  readonly expected: string;
  readonly found: string;
}

/** What a verification found; `ok` when all lists are empty. */
export interface Verification {
  readonly ok: boolean;
  readonly asOf: string;
  readonly batches: number;
  /** Landed files that are not what their manifest says. */
  readonly damagedBatches: readonly { readonly batch: string; readonly reason: string }[];
  /** Batches that the ledger has and landing has not, and holes in landing's sequences. */
  readonly missingBatches: readonly MissingBatch[];
  /** Ledger, staged, quarantine and history tables of the working file that a rebuild from landing makes otherwise. */
  readonly keptOtherwise: readonly TableDifference[];
  /** Marts of the working file that a rebuild from landing makes otherwise. */
  readonly rebuiltOtherwise: readonly MartDifference[];
  /** Files of the current publication that do not hold what its manifest says. */
  readonly publishedOtherwise: readonly MartDifference[];
}

/** Fingerprints of all marts as a working file would publish them. */
export async function martFingerprints(
  db: DuckDb,
  marts: readonly Mart[],
  asOf: string,
): Promise<ReadonlyMap<string, string>> {
  return db.use(async (sql) => {
    await makeModels(sql, marts, asOf);
    const found = new Map<string, string>();
    for (const mart of marts) found.set(mart.id, (await fingerprint(sql, rowsOf(mart))).content);
    return found;
  });
}

export function differences(
  expected: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
): readonly MartDifference[] {
  return [...expected].flatMap(([mart, content]) =>
    found.get(mart) === content ? [] : [{ mart, expected: content, found: found.get(mart) ?? '' }],
  );
}

/** Reads every landed batch and compares it with its manifest. */
export async function damagedBatches(
  landing: Landing,
): Promise<{ readonly batches: number; readonly damaged: Verification['damagedBatches'] }> {
  let batches = 0;
  const damaged: { batch: string; reason: string }[] = [];
  for await (const manifest of landing.manifests()) {
    batches++;
    await landing
      .check(manifest)
      .catch((error: unknown) => damaged.push({ batch: manifest.id, reason: errorText(error) }));
  }
  return { batches, damaged };
}

/** Compares both copies of every mart of a publication, Parquet and DuckDB, with its manifest. */
export async function publishedDifferences(
  db: DuckDb,
  publications: PublicationFolder,
  manifest: PublicationManifest,
  marts: readonly Mart[],
): Promise<readonly MartDifference[]> {
  return db.use(async (sql) => {
    const found: MartDifference[] = [];
    if (!manifestWhole(manifest)) found.push({ mart: 'manifest.json', expected: manifest.hash ?? '', found: '' });
    const records = manifest.marts.reduce((sum, { rows }) => sum + rows, 0);
    if (records !== manifest.records) {
      found.push({ mart: 'manifest.json:records', expected: String(records), found: String(manifest.records) });
    }
    const compare = async (mart: string, expected: string, select: string) => {
      const content = await fingerprint(sql, select).then(
        (made) => made.content,
        (error: unknown) => errorText(error),
      );
      if (content !== expected) found.push({ mart, expected, found: content });
    };
    for (const one of manifest.marts) {
      const { content, parquet, ended } = one;
      const select = `SELECT * FROM read_parquet(${literal(publications.pathOf(manifest.id, parquet))})`;
      await compare(parquet, ended?.content ?? content, select);
      // The working file may have gone on since: rows and columns are those of the file, the key that of the code it was made by.
      const standing = manifest.marts.find(({ theme, name }) => theme === one.theme && name === entityName(one.name));
      const before = ended ? (standing?.rows ?? 0) : 0;
      const code = marts.find(({ id }) => id === one.mart);
      const key = code?.code === one.code ? code.key : one.key;
      const held = await shapeOf(sql, select, before, key).catch(errorText);
      const said = JSON.stringify([one.rows, one.columns, one.key]);
      if (held !== said) found.push({ mart: `manifest.json:${one.mart}`, expected: held, found: said });
    }
    for (const { theme, file } of manifest.themes) {
      await sql.run(`ATTACH ${literal(publications.pathOf(manifest.id, file))} AS published (READ_ONLY)`);
      try {
        for (const one of manifest.marts.filter((mart) => mart.theme === theme)) {
          await compare(
            `${file}:${one.name}`,
            one.ended?.content ?? one.content,
            `SELECT * FROM published.${ident(theme)}.${ident(one.ended ? endedName(one.name) : one.name)}`,
          );
        }
      } finally {
        await sql.run('DETACH published');
      }
    }
    return found;
  });
}

/** Rows, columns and key as a manifest says them, of what a file holds. */
async function shapeOf(sql: SqlSession, select: string, before: number, key: readonly string[]): Promise<string> {
  const columns = await sql.all<{ column_name: string; column_type: string }>(`DESCRIBE ${select}`);
  const [count] = await sql.all<{ n: number }>(`SELECT count(*) AS n FROM (${select})`);
  const described = columns.map(({ column_name, column_type }) => ({ name: column_name, type: column_type }));
  return JSON.stringify([before + (count?.n ?? 0), described, key]);
}
