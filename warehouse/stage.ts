import { civilTime } from '../core/civil-time.ts';
import type { Clock } from '../core/clock.ts';
import { contentHash } from '../core/ids.ts';
import { type Contract, DECISION, datasetName } from './contract.ts';
import { brokenRulesSelect, checkedSelect, stagedFields } from './contract-sql.ts';
import { findDrift } from './drift.ts';
import { columnVerdict, driftRulings, RETYPED_SHARE } from './drift-ruling.ts';
import { inTransaction, type SqlSession } from './duckdb.ts';
import { batchUnreadable } from './errors.ts';
import { renameConfirmed } from './key-aliases.ts';
import type { BatchManifest } from './landing-manifest.ts';
import { dismissedBatches, withdrawnBatches } from './quarantine.ts';
import { ident, literal, valuesRows } from './sql-text.ts';
import { versionsTable } from './staged-tables.ts';

/** What became of one batch. */
export interface StagedBatch {
  readonly batch: string;
  readonly state: 'staged' | 'blocked';
  /** Why a batch was stopped: `share` of bad rows, a column's share, a frozen column, an unknown column, a person. */
  readonly reason: string | null;
  readonly rows: number;
  readonly staged: number;
  /** Records that only said again what the same record had said last. */
  readonly repeated: number;
  readonly quarantined: number;
  readonly nulled: number;
}

export interface LandedFile {
  readonly manifest: BatchManifest;
  readonly file: string;
}

/**
 * Which of a record's versions is its newest. Sources say when they saw it; what people decide here replaces what they had decided
 * before, whatever the clock said at the time.
 */
function newestFirst(contract: Contract): string {
  return datasetName(contract) === DECISION ? '_seq DESC, _row DESC' : '_observed DESC, _seq DESC, _row DESC';
}

/** The number by which rows name their batch: 52 bits of a hash of its id, so that it does not depend on the order of staging. */
export function batchNumber(id: string): number {
  return Number.parseInt(contentHash(id).slice(0, 13), 16);
}

/**
 * Stages batches of one dataset in one transaction with their ledger rows; batches that the ledger has are left alone. A record
 * that breaks its contract goes to quarantine with its raw text, a batch that breaks its own is set aside whole. The outcome
 * depends on the dataset's batches in landing's order alone, not on how many share a pass.
 *
 * @param files in landing's order, without gaps but those of landing itself, the first one next to the newest that the ledger has.
 * @param accepted ids of batches that a person let pass although they broke a batch rule.
 * @throws FillOnceError `warehouse.batch.unreadable`
 */
export async function stageBatches(
  sql: SqlSession,
  clock: Clock,
  contract: Contract,
  files: readonly LandedFile[],
  accepted: ReadonlySet<string>,
): Promise<readonly StagedBatch[]> {
  const through = (await stagedThrough(sql)).get(datasetName(contract)) ?? 0;
  const fresh = files.filter(({ manifest }) => manifest.seq > through);
  if (fresh.length === 0) return [];
  const load = await nextLoad(sql);
  const stagedAt = civilTime(clock.now());

  const checked = checkedSelect(
    contract,
    fresh.map(({ file }) => file),
  );
  await sql.run(`CREATE OR REPLACE TEMP TABLE checked AS ${checked}`);
  try {
    await renameConfirmed(sql, contract);
    return await inTransaction(sql, async () => {
      await listArriving(sql, fresh);
      const verdicts = await judge(sql, contract, fresh, accepted, stagedAt);
      const blocked = [...verdicts.values()].filter(({ reason }) => reason !== null).map(({ batch }) => batch);
      const passing = `file NOT IN (SELECT file FROM arriving WHERE id IN (${['', ...blocked].map(literal).join(', ')}))`;
      const staged = await insertVersions(sql, contract, passing, load);
      await insertQuarantine(sql, contract, passing, load);
      const results = fresh.map(({ manifest }) =>
        outcome(manifest, verdicts.get(manifest.id)!, staged.get(manifest.id)),
      );
      await insertLedger(sql, contract, fresh, results, load, stagedAt);
      return results;
    });
  } finally {
    await sql.run('DROP TABLE IF EXISTS checked; DROP TABLE IF EXISTS arriving; DROP TABLE IF EXISTS lines');
  }
}

/** Why a batch is left out whose file is not what its manifest says: a rebuild after the file is back takes it in. */
export const DAMAGED = 'damaged';

/** Writes down that a batch is left out because its file was damaged after it had landed; the batches after it may then be staged. */
export async function leaveOutDamaged(
  sql: SqlSession,
  clock: Clock,
  contract: Contract,
  file: LandedFile,
): Promise<readonly StagedBatch[]> {
  const results = [outcome(file.manifest, { batch: file.manifest.id, reason: DAMAGED, bad: 0, soft: 0 })];
  await inTransaction(sql, async () =>
    insertLedger(sql, contract, [file], results, await nextLoad(sql), civilTime(clock.now())),
  );
  return results;
}

function outcome(manifest: BatchManifest, { reason, bad, soft }: Verdict, kept = 0): StagedBatch {
  const stopped = reason !== null;
  return {
    batch: manifest.id,
    state: stopped ? 'blocked' : 'staged',
    reason,
    rows: manifest.records,
    staged: kept,
    repeated: stopped ? 0 : manifest.records - bad - kept,
    quarantined: stopped ? 0 : bad,
    nulled: stopped ? 0 : soft,
  };
}

/** Temp tables `arriving`, which batch each file is, and `lines`, which line of its file each row of `checked` was. */
async function listArriving(sql: SqlSession, files: readonly LandedFile[]): Promise<void> {
  const rows = files.map(({ manifest, file }) => [
    literal(file),
    literal(manifest.id),
    String(batchNumber(manifest.id)),
    String(manifest.seq),
    `TIMESTAMP ${literal(civilTime(new Date(manifest.receivedAt)))}`,
  ]);
  await sql.run(`CREATE OR REPLACE TEMP TABLE arriving AS
    SELECT * FROM (VALUES ${valuesRows(rows)}) t(file, id, batch, seq, received_at)`);
  const line = files.length === 1 ? '_at' : 'row_number() OVER (PARTITION BY _file ORDER BY _at)';
  await sql.run(`CREATE OR REPLACE TEMP TABLE lines AS SELECT _at, (${line})::INTEGER AS _row FROM checked`);
}

/** Per dataset (`grid.resident`), the place of the newest batch in the ledger; datasets without one are absent. */
export async function stagedThrough(sql: SqlSession): Promise<ReadonlyMap<string, number>> {
  const rows = await sql.all<{ dataset: string; seq: number }>(
    "SELECT source || '.' || dataset AS dataset, max(seq) AS seq FROM ledger.batch GROUP BY ALL",
  );
  return new Map(rows.map(({ dataset, seq }) => [dataset, seq]));
}

/** Greater than every load that a batch has or that a golden table was brought up to. */
async function nextLoad(sql: SqlSession): Promise<number> {
  const [last] = await sql.all<{ load: number }>(
    'SELECT 1 + greatest((SELECT coalesce(max(load), 0) FROM ledger.batch), (SELECT coalesce(max(load), 0) FROM ledger.entity)) AS load',
  );
  return last?.load ?? 1;
}

interface Verdict {
  readonly batch: string;
  readonly reason: string | null;
  readonly bad: number;
  readonly soft: number;
}

async function judge(
  sql: SqlSession,
  contract: Contract,
  files: readonly LandedFile[],
  accepted: ReadonlySet<string>,
  seenAt: string,
): Promise<ReadonlyMap<string, Verdict>> {
  const rulings = await driftRulings(sql, contract);
  const watched = new Set(rulings.filter(({ kind }) => kind === 'retyped').map(({ column }) => column));
  const limited = contract.columns.filter(
    (column) => column.stopAboveBadShare !== undefined || column.onBad === 'freeze' || watched.has(column.name),
  );
  const shares = limited.map(
    (column, i) =>
      `, count(*) FILTER ((_fatal | _soft) & ${1n << BigInt(contract.columns.indexOf(column))}::BIGINT <> 0) AS c${i}`,
  );
  const counts = await sql.all<{ readonly file: string; readonly [count: string]: number | string }>(
    `SELECT _file AS file, count(*) AS n, count(*) FILTER (_fatal <> 0) AS bad, count(*) FILTER (_fatal = 0 AND _soft <> 0) AS soft ${shares.join('')}
     FROM checked GROUP BY _file`,
  );
  const byFile = new Map(counts.map((count) => [count.file, count]));
  const withdrawn = await withdrawnBatches(sql, contract);
  const dismissed = await dismissedBatches(sql, contract);
  const departures = await findDrift(sql, contract, seenAt);
  const verdicts = new Map<string, Verdict>();
  for (const { manifest, file } of files) {
    const count = (name: string) => Number(byFile.get(file)?.[name] ?? 0);
    const n = count('n');
    if (n !== manifest.records)
      throw batchUnreadable(manifest.id, `${n} records, the manifest says ${manifest.records}`);
    const share = n === 0 ? 0 : count('bad') / n;
    const columnShare = limited.find((column, i) => count(`c${i}`) > n * (column.stopAboveBadShare ?? 1));
    const frozen = limited.filter((column, i) => column.onBad === 'freeze' && count(`c${i}`) > 0);
    const columns = columnVerdict(contract, rulings, {
      seq: manifest.seq,
      departures: departures.get(file) ?? { unknown: [], missing: [], alias: [] },
      retyped: (name) => {
        const i = limited.findIndex((column) => column.name === name);
        return i >= 0 && count(`c${i}`) > n * RETYPED_SHARE;
      },
    });
    const reason = withdrawn.has(manifest.id)
      ? 'withdrawn'
      : accepted.has(manifest.id)
        ? null
        : columns !== null
          ? columns
          : frozen.length > 0
            ? `frozen:${frozen.map(({ name }) => name).join(',')}`
            : columnShare !== undefined
              ? `share:${columnShare.name}`
              : share > contract.stopAboveBadShare
                ? `share:${share.toFixed(3)}`
                : // What stopped it may pass by now, what a person said of it stands.
                  dismissed.has(manifest.id)
                  ? 'dismissed'
                  : null;
    verdicts.set(manifest.id, { batch: manifest.id, reason, bad: count('bad'), soft: count('soft') });
  }
  return verdicts;
}

/**
 * Adds the good rows, except where a record only says again what the same record said last, and marks the versions that are not
 * their record's newest any more. Returns how many rows each batch added.
 */
async function insertVersions(
  sql: SqlSession,
  contract: Contract,
  passing: string,
  load: number,
): Promise<ReadonlyMap<string, number>> {
  const table = versionsTable(contract);
  const fields = stagedFields(contract).map(({ field }) => ident(field));
  const record = (contract.recordKey ?? contract.key).map(ident).join(', ');
  const arriving = (contract.recordKey ?? contract.key).map((key) => `c.${ident(key)}`).join(', ');
  await sql.run(`CREATE OR REPLACE TEMP TABLE coming AS
    SELECT ${arriving}, c._version, a.seq AS _seq, l._row, l._at
    FROM checked c JOIN lines l ON l._at = c._at JOIN arriving a ON c._file = a.file WHERE c._fatal = 0 AND a.${passing}`);
  await sql.run(`CREATE OR REPLACE TEMP TABLE many AS
    SELECT ${record} FROM (SELECT ${record} FROM coming UNION ALL SELECT ${record} FROM ${table} SEMI JOIN coming USING (${record}))
    GROUP BY ALL HAVING count(*) > 1`);
  await sql.run(`CREATE OR REPLACE TEMP TABLE again AS
    SELECT _at FROM (
      SELECT _at, _version = lag(_version) OVER (PARTITION BY ${record} ORDER BY _seq, _row) AS same
      FROM (SELECT * FROM coming UNION ALL
        SELECT ${record}, _version, _seq, _row, NULL AS _at FROM ${table}) SEMI JOIN many USING (${record})
    ) WHERE _at IS NOT NULL AND same`);
  await sql.run(`INSERT INTO ${table} BY NAME
    SELECT ${fields.map((field) => `c.${field}`).join(', ')}, coalesce(c._observed, a.received_at) AS _observed, c._deleted,
      a.batch AS _batch, a.seq AS _seq, l._row, c._version, ${load} AS _load, false AS _superseded
    FROM checked c JOIN lines l ON l._at = c._at JOIN arriving a ON c._file = a.file
    WHERE c._fatal = 0 AND a.${passing} AND c._at NOT IN (SELECT _at FROM again)`);
  await sql.run(`UPDATE ${table} SET _superseded = true WHERE rowid IN (
    SELECT place_id FROM (
      SELECT s.rowid AS place_id, row_number() OVER (PARTITION BY ${record} ORDER BY ${newestFirst(contract)}) AS place
      FROM ${table} s SEMI JOIN many USING (${record}) WHERE NOT _superseded
    ) WHERE place > 1)`);
  const added = await sql.all<{ id: string; n: number }>(
    `SELECT a.id, count(*) AS n FROM ${table} s JOIN arriving a ON s._batch = a.batch WHERE s._load = ${load} GROUP BY a.id`,
  );
  await sql.run('DROP TABLE coming; DROP TABLE many; DROP TABLE again');
  return new Map(added.map(({ id, n }) => [id, n]));
}

async function insertQuarantine(sql: SqlSession, contract: Contract, passing: string, load: number): Promise<void> {
  const of = `${literal(contract.source)}, ${literal(contract.dataset)}`;
  const [any] = await sql.all<{ n: number }>('SELECT count(*) AS n FROM checked WHERE _fatal <> 0 OR _soft <> 0');
  if (!any || any.n === 0) return;
  await sql.run(`CREATE OR REPLACE TEMP TABLE bad AS
    SELECT c._at, c._raw, c._fatal | c._soft AS _bits, c._fatal, a.id, l._row AS row
    FROM checked c JOIN lines l ON l._at = c._at JOIN arriving a ON c._file = a.file WHERE (c._fatal <> 0 OR c._soft <> 0) AND a.${passing}`);
  await sql.run(`CREATE OR REPLACE TEMP TABLE broken AS ${brokenRulesSelect(contract)}`);
  await sql.run(`INSERT INTO quarantine.record
    SELECT b.id, ${of}, b.row, (SELECT list(r.rule ORDER BY r.rule) FROM broken r WHERE r._at = b._at), b._raw, ${load}
    FROM bad b WHERE b._fatal <> 0 ORDER BY b._at`);
  await sql.run(`INSERT INTO quarantine.value
    SELECT b.id, ${of}, b.row, r."column", r.rule, r."value", ${load}
    FROM bad b JOIN broken r ON r._at = b._at WHERE b._fatal = 0 ORDER BY b._at, r.rule`);
  await sql.run('DROP TABLE bad; DROP TABLE broken');
}

async function insertLedger(
  sql: SqlSession,
  contract: Contract,
  files: readonly LandedFile[],
  results: readonly StagedBatch[],
  load: number,
  stagedAt: string,
): Promise<void> {
  const rows = results.map((result, i) => {
    const { manifest } = files[i]!;
    const { rows: read, staged, repeated, quarantined, nulled } = result;
    return [
      literal(manifest.id),
      String(batchNumber(manifest.id)),
      literal(contract.source),
      literal(contract.dataset),
      String(manifest.seq),
      `TIMESTAMP ${literal(civilTime(new Date(manifest.receivedAt)))}`,
      String(load),
      literal(result.state),
      result.reason === null ? 'NULL' : literal(result.reason),
      ...[read, staged, repeated, quarantined, nulled, contract.version].map(String),
      literal(contract.hash),
      `TIMESTAMP ${literal(stagedAt)}`,
    ];
  });
  await sql.run(`INSERT INTO ledger.batch VALUES ${valuesRows(rows)}`);
}
