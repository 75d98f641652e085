import { civilTimestamp } from '../core/civil-time.ts';
import type { Clock } from '../core/clock.ts';
import { type Contract, datasetName } from './contract.ts';
import { type DriftKind, type DriftRuling, driftRulings, driftSubject, RETYPED_SHARE } from './drift-ruling.ts';
import type { SqlSession } from './duckdb.ts';
import { contractUnknown, driftAbsent } from './errors.ts';
import type { Landing } from './landing.ts';
import type { Deciding } from './quarantine-desk.ts';
import type { Working } from './working.ts';

/** One difference between what a source promised and what it sends, with what was decided about it. */
export interface Difference {
  readonly source: string;
  readonly dataset: string;
  readonly kind: DriftKind;
  readonly column: string;
  /** The first batch that showed it, and when that came. */
  readonly batch: string;
  readonly since: string;
  readonly contractVersion: number;
  /** The contract's name of an alias; null for other kinds. */
  readonly knownAs: string | null;
  /** What the source sends there, a few. */
  readonly samples: readonly string[];
  /** Batches that stand stopped because of it. */
  readonly blocked: number;
  readonly ruling: DriftRuling | null;
}

/** What people do about departures of columns. Decisions land as batches of `platform.decision`. */
export interface DriftDesk {
  /** Differences, newest first; of these datasets (`grid.resident`) only, where they are named. */
  list(page: {
    readonly open?: boolean;
    readonly datasets?: readonly string[];
    readonly offset: number;
    readonly limit: number;
  }): Promise<{
    readonly differences: readonly Difference[];
    readonly total: number;
  }>;
  /**
   * Accepts a difference (its column may come, batches stopped for it are let in) or refuses it (batches that come from now on and
   * show it again are stopped). Returns the entities whose rows may change now.
   *
   * @throws FillOnceError `warehouse.drift.absent`
   */
  decide(
    of: { readonly source: string; readonly dataset: string; readonly kind: DriftKind; readonly column: string },
    decision: 'accept' | 'refuse',
    deciding: Deciding,
  ): Promise<{ readonly restaged: boolean; readonly entities: readonly string[] }>;
}

const MOST_SAMPLES = 3;
const RECORDS_LOOKED_AT = 500;
const MOST_PAGE = 100;

/** A column of which most values of a batch could not be read under its type, beside what `ledger.drift` notes. */
const DIFFERENCES = `
  SELECT d.source, d.dataset, d.kind, d."column", d.batch_id AS batch, b.received_at AS since, d.contract_version
  FROM ledger.drift d JOIN ledger.batch b ON b.id = d.batch_id
  UNION ALL
  SELECT source, dataset, 'retyped', "column", arg_min(batch, received_at), min(received_at), any_value(contract_version)
  FROM (
    SELECT v.source, v.dataset, v."column", v.batch_id AS batch, any_value(b.received_at) AS received_at,
      any_value(b.contract_version) AS contract_version
    FROM quarantine.value v JOIN ledger.batch b ON b.id = v.batch_id
    WHERE v.rule = v."column" || ':type' GROUP BY ALL HAVING count(*) > any_value(b.rows) * ${RETYPED_SHARE}
  ) GROUP BY ALL`;

const DECIDED = `
  SELECT batch AS subject FROM staged."platform.decision" WHERE NOT _superseded AND row = 0 AND starts_with(batch, 'drift:')`;

export function createDriftDesk(deps: {
  readonly working: () => Working;
  readonly landing: Landing;
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly clock: Clock;
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}): DriftDesk {
  const { working, landing, contracts, clock, inTurn } = deps;
  const decisionContract = contracts.get('platform.decision')!;

  type Found = Omit<Difference, 'knownAs' | 'samples' | 'blocked' | 'ruling' | 'contractVersion'> & {
    readonly contract_version: number;
  };

  async function describe(sql: SqlSession, found: Found): Promise<Difference> {
    const { source, dataset, kind, column, contract_version: contractVersion, ...rest } = found;
    const contract = contracts.get(datasetName(found));
    const rulings = contract ? await driftRulings(sql, contract) : [];
    const [stopped] = await sql.all<{ n: number }>(
      `SELECT count(*) AS n FROM ledger.batch WHERE state = 'blocked' AND source = $1 AND dataset = $2
       AND ((starts_with(reason, 'unknown:') AND $3 = 'unknown' AND list_contains(split(substr(reason, 9), ','), $4))
         OR reason = 'refused:' || $3 || ':' || $4)
       AND id NOT IN (SELECT batch FROM staged."platform.decision" WHERE NOT _superseded AND row = 0)`,
      [source, dataset, kind, column],
    );
    return {
      ...rest,
      source,
      dataset,
      kind,
      column,
      contractVersion,
      knownAs: contract?.columns.find(({ aliases }) => aliases.includes(column))?.name ?? null,
      samples: kind === 'missing' ? [] : await samplesOf(sql, found),
      blocked: stopped?.n ?? 0,
      ruling: rulings.find((ruling) => ruling.kind === kind && ruling.column === column) ?? null,
    };
  }

  /** A landed file that cannot be read any more has no samples to show; verification names it. */
  async function samplesOf(sql: SqlSession, { batch, column }: Found): Promise<readonly string[]> {
    const manifest = await landing.manifest(batch);
    if (!manifest) return [];
    const rows = await sql
      .all<{ sample: string }>(
        `SELECT DISTINCT left(json_extract_string(json, $2), 60) AS sample
         FROM (SELECT json FROM read_json_objects($1, format = 'newline_delimited') LIMIT ${RECORDS_LOOKED_AT})
         WHERE json_extract_string(json, $2) IS NOT NULL ORDER BY sample LIMIT ${MOST_SAMPLES}`,
        [landing.dataFile(manifest), `/${column.replaceAll('~', '~0').replaceAll('/', '~1')}`],
      )
      .catch(() => []);
    return rows.map(({ sample }) => sample);
  }

  return {
    list: ({ open, datasets, offset, limit }) =>
      working().db.use(async (sql) => {
        const from = `FROM (${DIFFERENCES}) d WHERE (NOT $1::BOOLEAN
            OR concat('drift:', d.source, '.', d.dataset, ':', d.kind, ':', d."column") NOT IN (${DECIDED}))
          AND ($2::VARCHAR IS NULL OR list_contains(split($2::VARCHAR, ','), d.source || '.' || d.dataset))`;
        const which = [open ?? false, datasets?.join(',') ?? null];
        const [counted] = await sql.all<{ n: number }>(`SELECT count(*) AS n ${from}`, which);
        const rows = await sql.all<Found>(
          `SELECT d.* ${from} ORDER BY since DESC, source, dataset, kind, "column" LIMIT $3 OFFSET $4`,
          [...which, Math.min(limit, MOST_PAGE), offset],
        );
        const differences: Difference[] = [];
        for (const row of rows) differences.push(await describe(sql, row));
        return { differences, total: counted?.n ?? 0 };
      }),

    decide: (of, decision, { by, reason }) =>
      inTurn(async () => {
        const contract = contracts.get(datasetName(of));
        if (!contract) throw contractUnknown(of.source, of.dataset);
        const subject = driftSubject(of);
        const said = decision === 'accept' ? 'accepted' : 'dismissed';
        const before = await working().db.use(async (sql) => {
          const [known] = await sql.all(
            `SELECT 1 FROM (${DIFFERENCES}) WHERE source = $1 AND dataset = $2 AND kind = $3 AND "column" = $4`,
            [of.source, of.dataset, of.kind, of.column],
          );
          if (!known) throw driftAbsent(subject);
          const rulings = await driftRulings(sql, contract);
          return rulings.find(({ kind, column }) => kind === of.kind && column === of.column) ?? null;
        });
        if (before?.decision === said) throw driftAbsent(subject);
        const newest = await landing.lastManifest(of.source, of.dataset);
        const writer = landing.write('platform', 'decision');
        await writer.append([
          {
            batch: subject,
            row: 0,
            decision: said,
            reason,
            ...(newest ? { replacement: newest.id } : {}),
            decidedAt: civilTimestamp(clock.now()),
            decidedBy: by,
          },
        ]);
        const { seq } = await writer.commit(await landing.lastCursor('platform', 'decision'));
        await working().stage(decisionContract, seq);
        // Only then do batches that are in the books fall out otherwise; a first refusal is about batches to come.
        const changes = (of.kind === 'unknown' && contract.unknownColumns === 'freeze') || before !== null;
        if (changes) await working().restage(contract);
        return { restaged: changes, entities: changes && contract.entity !== null ? [contract.entity] : [] };
      }),
  };
}
