import { Readable } from 'node:stream';
import {
  type CheckReport,
  createFairQueue,
  createResultFiles,
  createSqlDesk,
  createSqlEngine,
  functionNames,
  outcomeOf,
  type QueryStatus,
  type ResultColumn,
  SQL_BUDGET,
  type SqlBudget,
  type SqlOwner,
} from '../../analytics/index.ts';
import {
  type Catalogue,
  type Clock,
  civilTimestamp,
  type ErrorBody,
  FillOnceError,
  type Message,
  newId,
  systemClock,
  toErrorBody,
  type User,
} from '../../core/index.ts';
import {
  deleteSavedQuery,
  endInterruptedQueries,
  listAskedQueries,
  listSavedQueries,
  noteQueryAsked,
  noteQueryEnded,
  noteQueryExported,
  type SavedQuery,
  type Store,
  saveQuery,
  sweepAskedQueries,
  userNames,
} from '../../store/index.ts';
import type { Reader } from '../../warehouse/index.ts';
import { busy } from '../errors.ts';
import { markMasked } from '../masking.ts';
import type { SqlDesk } from '../ports-sql.ts';
import {
  EXPORT_ROWS,
  type SavedSql,
  SCREEN_ROWS,
  SQL_PAGE_LIMIT,
  type SqlEstimate,
  type SqlProblem,
  type SqlResultColumn,
  STATEMENT_LIMIT,
} from '../schema/sql.ts';
import { wireMarts } from './marts.ts';
import { encodeResult, SQL_CONTENT_TYPES, SQL_ENDINGS } from './sql-export.ts';
import { grantOf, openMarts } from './sql-grant.ts';

const QUEUE = { atOnce: 1, perOwner: 5, inAll: 50 };
const EXPORTS_AT_ONCE = 4;

/** History that people see; the audit log has all of it. */
const HISTORY_KEPT_MS = 180 * 86_400_000;
/** Only running statements makes history longer, so what is old is looked for then. */
const SWEEP_EVERY_MS = 3_600_000;

export interface WiredSql extends SqlDesk {
  close(): Promise<void>;
}

/**
 * Analyst SQL over the current publication. Query processes and their limits run by real time, whatever clock the platform has.
 *
 * @param folder for results and spill files; what an earlier process left there is removed
 */
export async function wireSql(modules: {
  readonly store: Store;
  readonly reader: Reader;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly folder: string;
  readonly budget?: Partial<SqlBudget>;
  readonly childFile?: string;
}): Promise<WiredSql> {
  const { store, reader, catalogue, clock, folder } = modules;
  const marts = wireMarts({ reader, catalogue });
  const budget = { ...SQL_BUDGET, ...modules.budget };
  const engine = await createSqlEngine({
    folder: `${folder}/work`,
    clock: systemClock,
    budget,
    ...(modules.childFile === undefined ? {} : { childFile: modules.childFile }),
  });
  const desk = await createSqlDesk({
    engine,
    queue: createFairQueue(QUEUE),
    folder: `${folder}/results`,
    clock: systemClock,
  });
  const files = createResultFiles({ tempFolder: `${folder}/work` });
  await store.system.transaction((tx) => endInterruptedQueries(tx));
  engine.warm();
  let exporting = 0;
  let swept = Number.NEGATIVE_INFINITY;

  async function sweepHistory(): Promise<void> {
    const now = clock.now().getTime();
    if (now - swept < SWEEP_EVERY_MS) return;
    swept = now;
    await store.system.transaction((tx) => sweepAskedQueries(tx, HISTORY_KEPT_MS));
  }
  await sweepHistory();

  const grant = async (user: User) => grantOf(user, await reader.current(), { reader, marts });

  return {
    schema: async (user) => {
      const manifest = await reader.current();
      const open = await openMarts(user, manifest, marts);
      const entityOf = (theme: string, name: string) =>
        catalogue.entities.find((entity) => entity.theme === theme && entity.name === name);
      return {
        publicationId: manifest.id,
        publishedAt: manifest.createdAt,
        themes: catalogue.themes
          .map(({ theme, title }) => ({
            theme,
            title: { ...title },
            marts: open
              .filter(({ description }) => description.theme === theme)
              .map(({ description, types }) => ({
                table: `${theme}.${description.name}`,
                theme,
                name: description.name,
                title: description.title,
                rows: description.rows,
                columns: markMasked(user, description.columns).map((column) => ({
                  ...column,
                  sqlType: column.masked ? 'VARCHAR' : (types.get(column.id) ?? 'VARCHAR'),
                  element:
                    entityOf(theme, description.name)?.elements.find(({ field }) => field === column.id)?.id ?? null,
                })),
              })),
          }))
          .filter((theme) => theme.marts.length > 0),
        functions: functionNames(),
        limits: {
          statementCharacters: STATEMENT_LIMIT,
          screenRows: SCREEN_ROWS,
          exportRows: EXPORT_ROWS,
          pageRows: SQL_PAGE_LIMIT,
          timeMs: budget.timeMs,
          memoryMb: budget.memoryMb,
        },
      };
    },

    check: async (user, { statement, parameters }) => {
      const own = await grant(user);
      const report = await engine.check({ grant: own, statement, parameters }).catch(
        (error: unknown): CheckReport => ({
          problems: [checkError(error)],
          parameters: [],
          tables: [],
          estimate: null,
        }),
      );
      const missing = report.problems.filter(({ code }) => code === 'analytics.sql.parameter');
      return {
        ok: report.problems.length === missing.length,
        problems: report.problems.map(toProblem),
        parameters: [...report.parameters],
        tables: [...report.tables],
        estimate: report.estimate === null ? null : toEstimate(report.estimate),
        publicationId: own.publicationId,
      };
    },

    run: async (user, { statement, parameters, limit }) => {
      const own = await grant(user);
      await sweepHistory();
      const id = newId<string>('query', clock.now());
      await store
        .as(user)
        .transaction((tx) => noteQueryAsked(tx, { id, statement, parameters, publicationId: own.publicationId }));
      const end = (outcome: ReturnType<typeof outcomeOf>, code: string | null, status: QueryStatus | null) =>
        store.as(user).transaction((tx) =>
          noteQueryEnded(tx, id, {
            outcome,
            code,
            rows: status?.state === 'done' ? status.rows : null,
            elapsedMs: status?.elapsedMs ?? null,
          }),
        );
      try {
        const status = desk.submit(
          { id, owner: ownerOf(user), ask: { grant: own, statement, parameters }, limit },
          (status) => end(outcomeOf(status), status.error?.code ?? null, status),
        );
        return { queryId: id, state: status.state, position: status.position };
      } catch (error) {
        await end('refused', error instanceof FillOnceError ? error.code : null, null);
        throw error;
      }
    },

    page: async (user, queryId, { offset, limit, waitMs }, signal) => {
      const status = await desk.status(ownerOf(user), queryId, { waitMs, signal });
      if (!status) return null;
      const items = status.file === null || status.state !== 'done' ? [] : await files.page(status.file, offset, limit);
      return {
        queryId,
        state: status.state,
        position: status.position,
        error: status.error === null ? null : { ...status.error, details: { ...status.error.details } },
        publicationId: status.publicationId,
        elapsedMs: status.elapsedMs,
        columns: status.columns.map(toColumn),
        items,
        total: status.rows,
        truncated: status.truncated,
        offset,
        limit,
      };
    },

    cancel: (user, queryId) => desk.cancel(user.id, queryId),

    exportFile: async (user, queryId, { format, limit }, signal) => {
      if (exporting >= EXPORTS_AT_ONCE) throw busy();
      exporting++;
      const done = () => {
        exporting--;
      };
      try {
        const noted = (code: string | null) =>
          store.as(user).transaction((tx) => noteQueryExported(tx, queryId, { format, code }));
        const whole = await desk.wholeFile(ownerOf(user), queryId, limit, signal).catch(async (error: unknown) => {
          await noted(signal.aborted ? 'analytics.sql.cancelled' : toErrorBody(error).code);
          throw error;
        });
        if (!whole) {
          done();
          return null;
        }
        const { file, columns, rows, truncated, release } = whole;
        await noted(null).catch(async (error: unknown) => {
          // What cannot be written down does not leave, nor stay behind.
          await release();
          throw error;
        });
        const stream = encodeResult({
          files,
          file,
          columns,
          format,
          done: () => {
            done();
            return release();
          },
        });
        return {
          fileName: `查询结果-${queryId.slice(-6)}.${SQL_ENDINGS[format]}`,
          contentType: SQL_CONTENT_TYPES[format],
          body: Readable.toWeb(stream) as ReadableStream<Uint8Array>,
          rows,
          truncated,
        };
      } catch (error) {
        done();
        throw error;
      }
    },

    saved: async (user) =>
      store.as(user).transaction(async (tx) => {
        const all = await listSavedQueries(tx);
        const names = await userNames(
          tx,
          all.map(({ ownerId }) => ownerId),
        );
        return all.map((query) => toSaved(query, user, names));
      }),

    save: async (user, input) =>
      store.as(user).transaction(async (tx) => {
        const saved = await saveQuery(tx, input);
        return saved && toSaved(saved, user, new Map([[user.id, user.name]]));
      }),

    deleteSaved: (user, id) => store.as(user).transaction((tx) => deleteSavedQuery(tx, id)),

    history: async (user, limit) => {
      const asked = await store.as(user).transaction((tx) => listAskedQueries(tx, limit));
      return asked.map(({ id, at, parameters, ...entry }) => ({
        ...entry,
        queryId: id,
        at: civilTimestamp(at),
        parameters: parameters as Record<string, string | number | boolean | null>,
      }));
    },

    close: async () => {
      await desk.close();
      await files.close();
    },
  };
}

/** All that a grant is made of besides the publication. */
function ownerOf({ id, roles, scope, themes, sensitivity }: User): SqlOwner {
  return { id, rights: JSON.stringify([[...roles].sort(), scope, themes, sensitivity]) };
}

function checkError(error: unknown): ErrorBody {
  if (error instanceof FillOnceError) return error.toJSON();
  throw error;
}

function toProblem({ code, message, details }: ErrorBody): SqlProblem {
  const place = (value: unknown) => (typeof value === 'number' ? value : null);
  return {
    code,
    message: { ...message },
    next: details.next === undefined ? null : { ...details.next },
    position: place(details.position),
    length: place(details.length),
  };
}

const LARGE_ROWS = 10_000_000;
const HUGE_ROWS = 1_000_000_000;
const LARGE_BYTES = 100_000_000;

function toEstimate({ rows, handledRows, bytes }: { rows: number; handledRows: number; bytes: number }): SqlEstimate {
  const warnings: Message[] = [];
  if (rows > SCREEN_ROWS) {
    warnings.push({
      zh: `结果可能有 ${rows.toLocaleString('en')} 行，屏幕只保留前 ${SCREEN_ROWS.toLocaleString('en')} 行；可加 LIMIT 或先汇总。`,
      en: `The answer may have ${rows.toLocaleString('en')} rows; the screen keeps the first ${SCREEN_ROWS.toLocaleString('en')}. Add LIMIT or aggregate first.`,
    });
  }
  if (handledRows >= HUGE_ROWS) {
    warnings.push({
      zh: '中间步骤的行数极多，很可能超时；请检查 JOIN 是否缺少连接条件。',
      en: 'The steps handle very many rows and will probably run out of time. Is a join without a condition?',
    });
  }
  if (bytes >= LARGE_BYTES) {
    warnings.push({
      zh: '结果体积较大，导出会比较慢；请只选需要的列。',
      en: 'The answer is large and slow to export. Select only the columns that you need.',
    });
  }
  const cost =
    handledRows >= HUGE_ROWS
      ? 'huge'
      : handledRows >= LARGE_ROWS || bytes >= LARGE_BYTES
        ? 'large'
        : handledRows >= 1_000_000
          ? 'medium'
          : 'small';
  return { rows, handledRows, bytes, cost, warnings };
}

const RESULT_TYPES: readonly [RegExp, SqlResultColumn['type']][] = [
  [/^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/, 'integer'],
  [/^(DECIMAL\(\d+,\d+\)|DOUBLE|FLOAT)$/, 'decimal'],
  [/^DATE$/, 'date'],
  [/^TIMESTAMP( WITH TIME ZONE|_S|_MS|_NS)?$/, 'timestamp'],
  [/^BOOLEAN$/, 'boolean'],
];

function toColumn({ name, sqlType }: ResultColumn): SqlResultColumn {
  return { name, sqlType, type: RESULT_TYPES.find(([pattern]) => pattern.test(sqlType))?.[1] ?? 'text' };
}

function toSaved(query: SavedQuery, user: User, names: ReadonlyMap<string, string>): SavedSql {
  return {
    id: query.id,
    title: query.title,
    statement: query.statement,
    parameters: query.parameters.map(({ name, value }) => ({ name, value })),
    share: query.share,
    owner: { id: query.ownerId, name: names.get(query.ownerId) ?? query.ownerId },
    mine: query.ownerId === user.id,
    updatedAt: civilTimestamp(query.updatedAt),
  };
}
