import {
  type Catalogue,
  type Clock,
  can,
  civilTimestamp,
  type ErrorBody,
  type Message,
  type User,
} from '../../core/index.ts';
import { listMaterialisations, listSourceStates, type SourceState, type Store } from '../../store/index.ts';
import type { Contract, Reader, SqlSession } from '../../warehouse/index.ts';
import { MASK } from '../masking.ts';
import type { Sources, Workflows } from '../ports.ts';
import { ruleColumn, ruleWords } from '../rule-words.ts';
import type { Quarantined, Run, SourceDataset } from '../schema/source.ts';

/** One dataset that a source list names. */
export interface ConfiguredDataset {
  readonly source: string;
  readonly sourceName: Message;
  readonly dataset: string;
  /** How often it is pulled; null for what is pushed. */
  readonly everyMs: number | null;
}

export interface SourceModules {
  readonly store: Store;
  readonly reader: Reader;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly datasets: readonly ConfiguredDataset[];
  readonly workflows: Pick<Workflows, 'pullSource'>;
  /** Questions to the warehouse's working file; absent where the warehouse worker is another process. */
  readonly working?: (<T>(work: (sql: SqlSession) => Promise<T>) => Promise<T>) | undefined;
}

/** A pull that has been ordered counts as under way this long at most. */
const PULL_MS = 15 * 60_000;
const MOST_RUNS = 2_000;
const MOST_GROUPS = 500;

/** Status of each source, runs, quarantine; and `pullSource`, which remembers what was ordered here. */
export function wireSources(modules: SourceModules): Sources & Pick<Workflows, 'pullSource'> {
  const { store, clock, catalogue, contracts, datasets, workflows, working } = modules;
  const ordered = new Map<string, Date>();

  const datasetTitle = (source: string, dataset: string): string => {
    const entity = contracts.get(`${source}.${dataset}`)?.entity;
    return entity ? `${catalogue.entity(entity).title.zh}（${dataset}）` : dataset;
  };
  const sourceTitle = (source: string): string =>
    datasets.find((one) => one.source === source)?.sourceName.zh ?? source;

  return {
    pullSource: async (source) => {
      await workflows.pullSource(source);
      ordered.set(source, clock.now());
    },

    list: async () => {
      const states = await store.system.transaction((tx) => listSourceStates(tx));
      const landed = await readBatches(modules.reader);
      const byName = new Map(states.map((state) => [`${state.source}.${state.dataset}`, state]));
      return datasets.map(({ source, sourceName, dataset, everyMs }): SourceDataset => {
        const state = byName.get(`${source}.${dataset}`);
        const batch = landed.get(`${source}.${dataset}`);
        const lastSuccess = later(state?.lastSuccessAt ?? null, batch?.receivedAt ?? null);
        const pulling = isPulling(state, ordered.get(source), clock.now());
        return {
          source,
          sourceName: sourceName.zh,
          dataset,
          datasetName: datasetTitle(source, dataset),
          state: pulling ? 'pulling' : stateOf(state, lastSuccess, everyMs, clock.now()),
          lastSuccess: lastSuccess && civilTimestamp(lastSuccess),
          lastAttempt: state?.lastAttemptAt ? civilTimestamp(state.lastAttemptAt) : null,
          error: state?.errorSince && state.lastError ? { ...state.lastError.message } : null,
          errorSince: state?.errorSince ? civilTimestamp(state.errorSince) : null,
          records: batch?.rows ?? state?.records ?? 0,
          quarantined: batch?.quarantined ?? 0,
          pulling: null,
          nextStep: state?.errorSince && state.lastError ? nextStepOf(state.lastError) : null,
        };
      });
    },

    runs: async (_user, { state, offset, limit }) => {
      const status = state === undefined ? {} : { status: state === 'done' ? ('succeeded' as const) : state };
      const rows = await store.system.transaction((tx) =>
        listMaterialisations(tx, { ...status, limit: Math.min(MOST_RUNS, offset + limit) }),
      );
      const total = await store.system.transaction(async (tx) => {
        let query = tx.db.selectFrom('materialisation').select((eb) => eb.fn.countAll<number>().as('total'));
        if (status.status) query = query.where('status', '=', status.status);
        return Number((await query.executeTakeFirstOrThrow()).total);
      });
      const items = rows.slice(offset).map(
        (row): Run => ({
          id: row.id,
          asset: row.asset,
          partition: row.partition === 'current' ? null : row.partition,
          state: row.status === 'succeeded' ? 'done' : row.status,
          startedAt: civilTimestamp(row.startedAt),
          finishedAt: row.finishedAt && civilTimestamp(row.finishedAt),
          rows: row.rows,
          error: row.error ? { ...row.error.message } : null,
        }),
      );
      return { items, total, offset, limit };
    },

    quarantine: async (user, { source, offset, limit }) => {
      if (!working) return { items: [], total: 0, offset, limit };
      const groups = await working((sql) => sql.all<QuarantineGroup>(QUARANTINE_SQL, [source ?? null, MOST_GROUPS]));
      const items = groups.slice(offset, offset + limit).map((group): Quarantined => {
        const contract = contracts.get(`${group.source}.${group.dataset}`);
        return {
          source: group.source,
          sourceName: sourceTitle(group.source),
          dataset: datasetTitle(group.source, group.dataset),
          batchId: group.batch,
          rule: group.rule,
          field: columnOf(group),
          reason: reasonOf(group),
          count: group.count,
          examples: maySee(user, contract, columnOf(group)) ? group.examples : group.examples.map(() => MASK),
          since: civilTimestamp(new Date(`${group.since.replace(' ', 'T')}+08:00`)),
        };
      });
      return { items, total: groups.length, offset, limit };
    },
  };

  function maySee(user: User, contract: Contract | undefined, column: string | null): boolean {
    const field = contract?.columns.find((one) => one.name === column)?.field;
    const element =
      contract?.entity && field
        ? catalogue.entity(contract.entity).elements.find((one) => one.field === field)
        : undefined;
    // A column that is bound to nothing may hold anything.
    return can(user, 'quarantine.read', { sensitivity: element?.sensitivity ?? 'sensitive' });
  }
}

interface QuarantineGroup {
  readonly source: string;
  readonly dataset: string;
  readonly batch: string;
  readonly column: string | null;
  readonly rule: string;
  readonly refused: boolean;
  readonly count: number;
  readonly since: string;
  readonly examples: string[];
}

/** A row is one rule that records or values of one dataset broke, with a few of the values. */
const QUARANTINE_SQL = `
  WITH broken AS (
    SELECT source, dataset, batch_id, NULL::VARCHAR AS "column", unnest(rules) AS rule, true AS refused, NULL::VARCHAR AS "value"
    FROM quarantine.record WHERE $1::VARCHAR IS NULL OR source = $1
    UNION ALL
    SELECT source, dataset, batch_id, "column", rule, false, "value"
    FROM quarantine.value WHERE $1::VARCHAR IS NULL OR source = $1
  )
  SELECT b.source, b.dataset, max(b.batch_id) AS batch, b."column", b.rule, b.refused, count(*) AS count,
    min(l.received_at)::VARCHAR AS since,
    coalesce(list_slice(list(DISTINCT b."value") FILTER (b."value" IS NOT NULL), 1, 3), []) AS examples
  FROM broken b JOIN ledger.batch l ON l.id = b.batch_id
  GROUP BY ALL ORDER BY count DESC, b.source, b.dataset, b.rule LIMIT $2`;

interface Batches {
  readonly rows: number;
  readonly quarantined: number;
  readonly receivedAt: Date;
}

/** What the last publication knows of each dataset; empty before the first. */
async function readBatches(reader: Reader): Promise<Map<string, Batches>> {
  const found = await reader
    .withPublication('current', (sql) =>
      sql.all<{ name: string; rows: number; quarantined: number; received: string }>(
        `SELECT source || '.' || dataset AS name, sum(staged)::BIGINT AS rows, sum(quarantined)::BIGINT AS quarantined,
           max(received_at)::VARCHAR AS received
         FROM platform.batch GROUP BY ALL`,
      ),
    )
    .catch(() => []);
  return new Map(
    found.map(({ name, rows, quarantined, received }) => [
      name,
      { rows, quarantined, receivedAt: new Date(`${received.replace(' ', 'T')}+08:00`) },
    ]),
  );
}

function isPulling(state: SourceState | undefined, since: Date | undefined, now: Date): boolean {
  if (!since || now.getTime() - since.getTime() > PULL_MS) return false;
  return !state?.lastAttemptAt || state.lastAttemptAt < since;
}

function stateOf(
  state: SourceState | undefined,
  lastSuccess: Date | null,
  everyMs: number | null,
  now: Date,
): SourceDataset['state'] {
  if (state?.errorSince) return 'failing';
  if (!lastSuccess) return 'never';
  // Pushed sources speak when they have something to say: silence is not lateness.
  if (everyMs !== null && now.getTime() - lastSuccess.getTime() > 2 * everyMs + 300_000) return 'late';
  return 'ok';
}

function nextStepOf({ details, retryable }: ErrorBody): Message {
  if (details.next) return { ...details.next };
  return retryable
    ? {
        zh: '系统会自动重试；超过一小时仍失败，请联系来源单位。',
        en: 'It is retried by itself; after an hour, call the source.',
      }
    : {
        zh: '请管理员核对来源清单中的地址与账号，再点“立即拉取”。',
        en: 'Check address and account in the source list, then pull now.',
      };
}

/** A rule of a column is named `column:reason`. */
function columnOf({ column, rule }: QuarantineGroup): string | null {
  return column ?? ruleColumn(rule);
}

function reasonOf({ rule, refused }: QuarantineGroup): Message {
  const known = ruleWords(rule);
  return refused
    ? { zh: `${known.zh}，整条未收`, en: `${known.en}; the record was refused` }
    : { zh: `${known.zh}，该值未采用或带警告`, en: `${known.en}; the value was left out or kept with a warning` };
}

function later(a: Date | null, b: Date | null): Date | null {
  if (!a || !b) return a ?? b;
  return a > b ? a : b;
}
