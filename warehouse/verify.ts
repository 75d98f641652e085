import { errorText } from '../core/errors.ts';
import type { DuckDb } from './duckdb.ts';
import { fingerprint } from './fingerprint.ts';
import { endedName } from './history-mart.ts';
import type { Landing } from './landing.ts';
import type { Mart } from './marts.ts';
import { makeModels, rowsOf } from './publication.ts';
import type { PublicationFolder, PublicationManifest } from './publication-folder.ts';
import { ident, literal } from './sql-text.ts';

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
): Promise<readonly MartDifference[]> {
  return db.use(async (sql) => {
    const found: MartDifference[] = [];
    const compare = async (mart: string, expected: string, select: string) => {
      const content = await fingerprint(sql, select).then(
        (made) => made.content,
        (error: unknown) => errorText(error),
      );
      if (content !== expected) found.push({ mart, expected, found: content });
    };
    for (const { content, parquet, ended } of manifest.marts) {
      await compare(
        parquet,
        ended?.content ?? content,
        `SELECT * FROM read_parquet(${literal(publications.pathOf(manifest.id, parquet))})`,
      );
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
