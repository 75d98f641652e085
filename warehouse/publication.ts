import { join } from 'node:path';
import { civilTime } from '../core/civil-time.ts';
import type { Clock } from '../core/clock.ts';
import { contentHash, newId, type PublicationId } from '../core/ids.ts';
import { type Check, runChecks } from './checks.ts';
import { mapAtOnce } from './concurrency.ts';
import type { DuckDb, SqlSession } from './duckdb.ts';
import { checksFailed, declarationWrong } from './errors.ts';
import { fingerprint } from './fingerprint.ts';
import { endedName, entityName, historyView } from './history-mart.ts';
import { type Mart, madeTable } from './marts.ts';
import {
  manifestWhole,
  type PublicationFolder,
  type PublicationManifest,
  type PublishedColumn,
  type PublishedMart,
} from './publication-folder.ts';
import { ident, literal, valuesRows } from './sql-text.ts';

/** Rows of a row group in both copies: pages of a community read one or two (measured against 2,048 to 122,880). */
const ROW_GROUP_ROWS = 30_720;

/** Themes written at the same time; the spare core is busy while one theme sorts or encodes on a single thread. */
const THEMES_AT_ONCE = 2;

export interface PublishOptions {
  readonly db: DuckDb;
  readonly folder: PublicationFolder;
  readonly marts: readonly Mart[];
  readonly checks: readonly Check[];
  readonly clock: Clock;
  /** The civil day the golden layer stands for. */
  readonly asOf: string;
  /** Identity of the working file: signatures of another one say nothing. */
  readonly workingId: string;
}

/**
 * Write, audit, publish. Makes the models anew whose inputs changed, runs the checks of changed themes, writes changed marts as
 * sorted Parquet and changed themes as one DuckDB file each, links the unchanged ones, and moves the pointer. Nothing changed:
 * the current publication stays and is returned.
 *
 * @throws FillOnceError `warehouse.publication.checks` when a blocking check fails: the publication before stays in place.
 */
export async function publish(options: PublishOptions): Promise<PublicationManifest> {
  const { db, folder, marts, clock } = options;
  const currentId = await folder.currentId();
  const read = currentId === null ? null : await folder.manifest(currentId);
  // Nothing is taken over from a manifest that somebody changed: everything is written anew.
  const previous = read && manifestWhole(read) ? read : null;
  const before = new Map(previous?.marts.map((one) => [one.mart, one]));
  const signatures = await db.use((sql) => signaturesOf(sql, options));
  const changed = marts.filter((mart) => before.get(mart.id)?.signature !== signatures.get(mart.id));
  const gone = previous?.marts.some(({ mart }) => !marts.some(({ id: known }) => known === mart)) ?? false;
  if (previous && changed.length === 0 && !gone && previous.asOf === options.asOf) return previous;

  const warnings = await db.use(async (sql) => {
    await makeModels(sql, changed, options.asOf);
    await listPublished(sql, previous);
    return audit(sql, options, changed, previous);
  });
  const id = newId<PublicationId>('pub', clock.now());
  const writing = await folder.begin(id);
  try {
    const themes = [...new Set(marts.map(({ theme }) => theme))];
    const published = await mapAtOnce(themes, THEMES_AT_ONCE, (theme) =>
      db.use((sql) => writeTheme(sql, { theme, id, writing, folder, previous, signatures, marts })),
    );
    const all = published.flat();
    const manifest: PublicationManifest = {
      id,
      previous: currentId,
      createdAt: civilTime(clock.now()),
      asOf: options.asOf,
      marts: all,
      themes: themes.map((theme) => ({ theme, file: themeFile(theme) })),
      batches: await db.use((sql) =>
        sql.all(`SELECT source, dataset, max(seq) AS through, count(*) FILTER (state = 'staged') AS staged,
          count(*) FILTER (state = 'blocked') AS blocked FROM ledger.batch GROUP BY ALL ORDER BY ALL`),
      ),
      warnings,
      records: all.reduce((sum, { rows }) => sum + rows, 0),
    };
    await folder.commit(manifest);
    return manifest;
  } catch (error) {
    await folder.abandon(id);
    throw error;
  }
}

interface ThemeWriting {
  readonly theme: string;
  readonly id: PublicationId;
  readonly writing: string;
  readonly folder: PublicationFolder;
  readonly previous: PublicationManifest | null;
  readonly signatures: ReadonlyMap<string, string>;
  readonly marts: readonly Mart[];
}

/** Writes a theme's files, or links those of the publication before that hold the same. */
async function writeTheme(sql: SqlSession, of: ThemeWriting): Promise<readonly PublishedMart[]> {
  const { theme, id, writing, folder, previous, signatures } = of;
  const before = new Map(previous?.marts.map((one) => [one.mart, one]));
  const published: PublishedMart[] = [];
  let rewritten = false;
  for (const mart of of.marts.filter((one) => one.theme === theme)) {
    const old = before.get(mart.id);
    const signature = signatures.get(mart.id)!;
    const held = old && (old.ended ?? old);
    const { content, rows } = held && old.signature === signature ? held : await fingerprint(sql, rowsOf(mart));
    const unchanged = previous && held?.content === content && old?.code === mart.code;
    if (unchanged) await folder.reuse(previous.id, id, old.parquet);
    else rewritten = true;
    const written = unchanged
      ? { ...old, signature }
      : { ...(await writeMart(sql, mart, writing)), content, rows, signature };
    published.push(mart.kind === 'history' ? withStanding(written, { rows, content }, published) : written);
  }
  const sameMarts = previous?.marts.filter((one) => one.theme === theme).length === published.length;
  if (previous && !rewritten && sameMarts) await folder.reuse(previous.id, id, themeFile(theme));
  else await writeServingCopy(sql, published, theme, writing);
  return published;
}

async function addHistories(
  sql: SqlSession,
  marts: readonly PublishedMart[],
  theme: string,
  serving: string,
): Promise<void> {
  const histories = marts.filter(({ ended }) => ended);
  if (histories.length === 0) return;
  const [own] = await sql.all<{ name: string }>('SELECT current_database() AS name');
  await sql.run(`USE ${serving}`);
  try {
    for (const { name } of histories) await sql.run(historyView(theme, name));
  } finally {
    await sql.run(`USE ${ident(own!.name)}`);
  }
}

/** A history as readers see it: the spans that ended and the entity's rows, which were written before. */
function withStanding(
  written: PublishedMart,
  ended: { readonly rows: number; readonly content: string },
  published: readonly PublishedMart[],
): PublishedMart {
  const standing = published.find(({ name }) => name === entityName(written.name))!;
  const content = contentHash(`${standing.content}\n${ended.content}`);
  return { ...written, ended, rows: standing.rows + ended.rows, content };
}

function themeFile(theme: string): string {
  return `${theme}.duckdb`;
}

/** What each mart would be made from now: its code and the versions of what it reads. */
async function signaturesOf(sql: SqlSession, options: PublishOptions): Promise<ReadonlyMap<string, string>> {
  const versions = new Map<string, string>();
  const entities = await sql.all<{ entity: string; version: number }>('SELECT entity, version FROM ledger.entity');
  const byName = new Map(entities.map(({ entity, version }) => [entity, version]));
  for (const { id, entity } of options.marts) {
    if (entity !== null) versions.set(id, String(byName.get(entity) ?? 0));
  }
  const loads = await sql.all<{ dataset: string; load: number }>(
    `SELECT source || '.' || dataset AS dataset, max(load) AS load FROM ledger.batch GROUP BY 1
     UNION ALL SELECT 'ledger', max(load) FROM ledger.batch`,
  );
  for (const { dataset, load } of loads) if (!versions.has(dataset)) versions.set(dataset, String(load ?? 0));
  const signatures = new Map<string, string>();
  for (const mart of options.marts) {
    const inputs = mart.inputs.map((input) => signatures.get(input) ?? versions.get(input) ?? '');
    const own = mart.entity === null ? '' : (versions.get(mart.id) ?? '');
    const day = mart.select.includes("getvariable('as_of')") ? options.asOf : '';
    signatures.set(mart.id, contentHash([options.workingId, mart.code, own, day, ...inputs].join('\n')).slice(0, 16));
  }
  return signatures;
}

/** Makes the tables of made marts; other marts are left alone. */
export async function makeModels(sql: SqlSession, marts: readonly Mart[], asOf: string): Promise<void> {
  await sql.run(`SET VARIABLE as_of = DATE ${literal(asOf)}`);
  for (const mart of marts) {
    if (mart.kind === 'made') await sql.run(`CREATE OR REPLACE TABLE ${madeTable(mart)} AS ${mart.select}`);
  }
}

/** Temp table `published`: rows of each mart in the publication before, for checks. */
async function listPublished(sql: SqlSession, previous: PublicationManifest | null): Promise<void> {
  const rows = (previous?.marts ?? []).map(({ mart, rows }) => [literal(mart), String(rows)]);
  await sql.run('CREATE OR REPLACE TEMP TABLE published (mart VARCHAR, rows BIGINT)');
  if (rows.length > 0) await sql.run(`INSERT INTO published VALUES ${valuesRows(rows)}`);
}

async function audit(
  sql: SqlSession,
  options: PublishOptions,
  changed: readonly Mart[],
  previous: PublicationManifest | null,
): Promise<PublicationManifest['warnings']> {
  const themes = new Set(changed.map(({ theme }) => theme));
  const results = await runChecks(
    sql,
    options.checks.filter(({ theme }) => themes.has(theme)),
  );
  const failed = results.filter(({ rows, severity }) => rows > 0 && severity === 'block');
  if (failed.length > 0) throw checksFailed(failed.map(({ check, rows, sample }) => ({ check, rows, sample })));
  const found = results.filter(({ rows }) => rows > 0).map(({ check, about, rows }) => ({ check, about, rows }));
  // A theme that is not made anew keeps what was said of it.
  const standing = previous?.warnings.filter(({ check }) => !themes.has(check.split('.')[0]!)) ?? [];
  return [...standing, ...found].sort((one, other) => (one.check < other.check ? -1 : 1));
}

/** The rows of a mart: a model's from its table, others from their SELECT. */
export function rowsOf(mart: Mart): string {
  return mart.kind === 'made' ? `SELECT * FROM ${madeTable(mart)}` : mart.select;
}

async function writeMart(
  sql: SqlSession,
  mart: Mart,
  writing: string,
): Promise<Omit<PublishedMart, 'rows' | 'content' | 'signature'>> {
  const { id, theme, name, kind, about, key, code } = mart;
  const parquet = `${id}.parquet`;
  const rows = rowsOf(mart);
  await sql.run(`COPY (${rows} ORDER BY ${mart.order.map(ident).join(', ')})
    TO ${literal(join(writing, parquet))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`);
  const columns = await sql.all<{ column_name: string; column_type: string }>(`DESCRIBE ${rows}`);
  const described = columns.map(
    ({ column_name, column_type }): PublishedColumn => ({ name: column_name, type: column_type }),
  );
  const wide = described.find(({ type }) => type.includes('HUGEINT'));
  // Parquet would round it to a double; only a sum of integers without a CAST has this type.
  if (wide) throw declarationWrong(id, `column ${wide.name} is ${wide.type}: cast it to BIGINT`);
  return { mart: id, theme, name, kind, about, key, columns: described, code, parquet };
}

/** The serving copy of a theme: the same rows in the same order, read at a third of Parquet's time. */
async function writeServingCopy(
  sql: SqlSession,
  marts: readonly PublishedMart[],
  theme: string,
  writing: string,
): Promise<void> {
  const file = literal(join(writing, themeFile(theme)));
  const serving = ident(`serving_${theme}`);
  await sql.run(`ATTACH ${file} AS ${serving} (ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`);
  try {
    await sql.run(`CREATE SCHEMA IF NOT EXISTS ${serving}.${ident(theme)}`);
    for (const { name, parquet, ended } of marts) {
      const rows = `SELECT * FROM read_parquet(${literal(join(writing, parquet))})`;
      await sql.run(`CREATE TABLE ${serving}.${ident(theme)}.${ident(ended ? endedName(name) : name)} AS ${rows}`);
    }
    await addHistories(sql, marts, theme, serving);
    await sql.run(`CHECKPOINT ${serving}`);
  } finally {
    await sql.run(`DETACH ${serving}`);
  }
}
