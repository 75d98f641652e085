import { createWriteStream, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createResultFiles, createSqlEngine, outcomeOf, type SqlGrant, type SqlScalar } from '../analytics/index.ts';
import {
  type Config,
  can,
  errorText,
  FillOnceError,
  loadCatalogue,
  newId,
  type OrgPath,
  systemClock,
  toErrorBody,
  type User,
  type UserId,
} from '../core/index.ts';
import { encodeResult, grantOf, wireMarts } from '../server/index.ts';
import { listUsers, noteQueryAsked, noteQueryEnded, noteQueryExported, openStore, type Store } from '../store/index.ts';
import { openReader } from '../warehouse/index.ts';
import type { Command, CommandContext } from './command.ts';
import { badOption, outputNeeded, userUnknown, userWithoutSql } from './errors.ts';
import { controlOf } from './platform/control.ts';
import { configOf, dataOption, jsonOption } from './settings.ts';
import { noteInFile } from './sql-audit.ts';
import { runRemotely } from './sql-remote.ts';
import { textTable } from './sql-table.ts';
import { type CliFormat, FORMATS, type SqlTask, tell } from './sql-task.ts';

const TABLE_ROWS = 1_000;
const FILE_ROWS = 1_000_000;
const LONGEST_SECONDS = 3_600;

export const sqlCommand: Command = {
  name: 'sql',
  usage:
    'sql "SELECT …" [--format table|csv|json|arrow|parquet|xlsx] [--as USER] [--data DIR] [--out FILE] [--param NAME=VALUE]',
  summary: {
    zh: '对当前发布运行一条查询；平台运行时也可以用',
    en: 'run one query over the current publication, while the platform runs or not',
  },
  options: {
    data: dataOption,
    format: {
      type: 'string',
      value: 'FORMAT',
      default: 'table',
      help: {
        zh: '输出格式：table、csv、json、arrow（流格式，.arrows）、parquet、xlsx',
        en: 'table, csv, json, arrow (the streaming format, .arrows), parquet or xlsx',
      },
    },
    as: {
      type: 'string',
      value: 'USER',
      help: {
        zh: '按此用户的范围与权限查询；平台运行时需要其密码（FILLONCE_PASSWORD 或提示输入）',
        en: 'with the scope and rights of this user; while the platform runs, with the password from FILLONCE_PASSWORD or asked for',
      },
    },
    url: {
      type: 'string',
      value: 'URL',
      help: {
        zh: '正在运行的平台的地址（默认为使用 --data 目录的那个）',
        en: 'address of the running platform (default: the one that uses the folder of --data)',
      },
    },
    out: { type: 'string', value: 'FILE', help: { zh: '写入文件', en: 'write to a file' } },
    param: {
      type: 'string',
      multiple: true,
      value: 'NAME=VALUE',
      help: { zh: '参数 $NAME 的值，可重复', en: 'the value of $NAME; may be repeated' },
    },
    limit: {
      type: 'string',
      value: 'N',
      help: {
        zh: '最多行数（table 默认 1000，其他 1000000）',
        en: 'rows at most (table: 1000 unless told, others 1000000)',
      },
    },
    seconds: {
      type: 'string',
      value: 'N',
      default: '60',
      help: { zh: '时限（秒）', en: 'time limit in seconds' },
    },
    json: jsonOption,
  },
  examples: [
    'fillonce sql "SELECT grid_path, count(*) FROM housing.dwelling GROUP BY ALL"',
    'fillonce sql "FROM population.person WHERE age >= $age" --param age=80 --as analyst --format xlsx --out 高龄.xlsx',
  ],
  run: async (context) => {
    const { args, options } = context;
    const config = configOf(options);
    const format = options.json === true ? 'json' : String(options.format);
    if (!isFormat(format)) throw badOption('format', format, { zh: FORMATS.join('、'), en: FORMATS.join(', ') });
    const statement = args.length === 1 && args[0] === '-' ? await text(process.stdin) : args.join(' ');
    if (statement.trim() === '') throw badOption('SELECT', '', { zh: '一条查询语句', en: 'one statement' });
    const task: SqlTask = {
      statement,
      parameters: parametersOf(options.param),
      format,
      out: typeof options.out === 'string' ? options.out : undefined,
      limit: wholeNumber('limit', options.limit, format === 'table' ? TABLE_ROWS : FILE_ROWS, FILE_ROWS),
    };
    const binary = format === 'arrow' || format === 'parquet' || format === 'xlsx';
    if (binary && task.out === undefined && process.stdout.isTTY) throw outputNeeded(format);
    const seconds = wholeNumber('seconds', options.seconds, 60, LONGEST_SECONDS);

    if (typeof options.as !== 'string') return runAsOperator(context, config, task, seconds);
    const login = options.as;
    // Who names a platform means that one, whatever lies in a data folder here.
    if (typeof options.url === 'string') return runRemotely(context, { url: options.url, login, task });
    const store = await storeIfFree(config, login);
    if (store === null) {
      const running = await controlOf(config.dataFolder);
      return runRemotely(context, { url: running?.web ?? `http://${config.host}:${config.port}`, login, task });
    }
    try {
      return await runAsUser(context, config, task, seconds, store, login);
    } finally {
      await store.close();
    }
  },
};

/** Whoever may read the data folder's files sees all of it; what he asks is written down all the same. */
async function runAsOperator(context: CommandContext, config: Config, task: SqlTask, seconds: number): Promise<number> {
  const operator: User = {
    id: 'operator' as UserId,
    login: 'operator',
    name: 'operator',
    roles: ['analyst'],
    scope: '' as OrgPath,
    themes: '*',
    sensitivity: 'sensitive',
  };
  return carryOut(context, config, task, seconds, operator, {
    whole: true,
    asked: (id, publication) =>
      noteInFile(config.dataFolder, {
        at: systemClock.now().toISOString(),
        id,
        action: 'sql.ask',
        detail: { statement: task.statement, parameters: task.parameters, publication },
      }),
    ended: (id, detail) =>
      noteInFile(config.dataFolder, { at: systemClock.now().toISOString(), id, action: 'sql.end', detail }),
    exported: (id, format) =>
      noteInFile(config.dataFolder, {
        at: systemClock.now().toISOString(),
        id,
        action: 'sql.export',
        detail: { format },
      }),
  });
}

async function runAsUser(
  context: CommandContext,
  config: Config,
  task: SqlTask,
  seconds: number,
  store: Store,
  login: string,
): Promise<number> {
  const users = await store.system.transaction((tx) => listUsers(tx, { limit: 10_000, offset: 0 }));
  const user = users.find((each) => each.login === login && each.disabledAt === null);
  if (!user) throw userUnknown(login);
  if (!can(user, 'sql.query')) throw userWithoutSql(login);
  return carryOut(context, config, task, seconds, user, {
    whole: false,
    asked: (id, publicationId) =>
      store.as(user).transaction((tx) => noteQueryAsked(tx, { ...task, id, publicationId })),
    ended: (id, { outcome, code, rows, ms }) =>
      store.as(user).transaction((tx) => noteQueryEnded(tx, id, { outcome, code, rows, elapsedMs: ms })),
    exported: (id, format) => store.as(user).transaction((tx) => noteQueryExported(tx, id, { format, code: null })),
  });
}

interface Journal {
  /** True: every row, whatever its org unit. */
  readonly whole: boolean;
  asked(id: string, publicationId: string): Promise<void>;
  ended(
    id: string,
    end: { outcome: ReturnType<typeof outcomeOf>; code: string | null; rows: number | null; ms: number },
  ): Promise<void>;
  /** Before the rows leave in any other form than a table on the screen. */
  exported(id: string, format: CliFormat): Promise<void>;
}

async function carryOut(
  context: CommandContext,
  config: Config,
  task: SqlTask,
  seconds: number,
  user: User,
  journal: Journal,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'fillonce-sql-'));
  const reader = openReader({ folder: join(config.dataFolder, 'warehouse') });
  const engine = await createSqlEngine({
    folder: join(folder, 'work'),
    clock: systemClock,
    budget: { timeMs: seconds * 1_000, memoryMb: config.duckdbMemoryMb },
  });
  const files = createResultFiles({ tempFolder: folder });
  try {
    engine.warm();
    const marts = wireMarts({ reader, catalogue: loadCatalogue() });
    const manifest = await reader.current();
    const limited = await grantOf(user, manifest, { reader, marts });
    const grant: SqlGrant = journal.whole
      ? { ...limited, marts: limited.marts.map((mart) => ({ ...mart, org: null })) }
      : limited;
    const id = newId<string>('query', systemClock.now());
    const began = systemClock.now().getTime();
    await journal.asked(id, manifest.id);
    const file = join(folder, 'result.parquet');
    const asking = { limit: task.limit, file, signal: context.signal };
    const report = await engine.run({ ...task, grant }, asking).catch(async (error: unknown) => {
      await journal.ended(id, {
        outcome: outcomeOf({ state: context.signal.aborted ? 'cancelled' : 'failed', error: toErrorBody(error) }),
        code: error instanceof FillOnceError ? error.code : errorText(error).slice(0, 200),
        rows: null,
        ms: systemClock.now().getTime() - began,
      });
      throw error;
    });
    const ms = systemClock.now().getTime() - began;
    await journal.ended(id, { outcome: 'done', code: null, rows: report.rows, ms });
    const target = () => (task.out === undefined ? context.stdout : createWriteStream(task.out));
    if (task.format === 'table') {
      const rows = await files.page(file, 0, task.limit);
      const table = textTable(
        report.columns.map(({ name }) => name),
        rows,
      );
      await pipeline([table], target(), { end: task.out !== undefined });
    } else {
      await journal.exported(id, task.format);
      const stream = encodeResult({ files, file, columns: report.columns, format: task.format, done: async () => {} });
      await pipeline(stream, target(), { end: task.out !== undefined });
    }
    tell(context, { rows: report.rows, truncated: report.truncated, ms, publication: manifest.id });
    return 0;
  } finally {
    await engine.close();
    await files.close();
    await reader.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The operational store, or null while another process, mostly the platform, holds it. */
async function storeIfFree(config: Config, login: string): Promise<Store | null> {
  // Nothing is made by asking: a folder without a store has no users.
  if (config.databaseUrl === undefined && !existsSync(join(config.dataFolder, 'store'))) throw userUnknown(login);
  try {
    return await openStore({
      folder: join(config.dataFolder, 'store'),
      clock: systemClock,
      ...(config.databaseUrl === undefined ? {} : { databaseUrl: config.databaseUrl }),
    });
  } catch (error) {
    if (error instanceof FillOnceError && error.code === 'store.folder-taken') return null;
    throw error;
  }
}

function isFormat(format: string): format is CliFormat {
  return (FORMATS as readonly string[]).includes(format);
}

/** `age=80` is a number, `name=80号` a text; `'…'` around a value keeps it text. */
function parametersOf(given: CommandContext['options'][string]): Record<string, SqlScalar> {
  const pairs = Array.isArray(given) ? given : [];
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^([A-Za-z_]\w{0,62})=(.*)$/s.exec(String(pair)) ?? [];
      if (name === undefined || value === undefined) {
        throw badOption('param', String(pair), { zh: '名称=值', en: 'NAME=VALUE' });
      }
      return [name, scalarOf(value)];
    }),
  );
}

function scalarOf(value: string): SqlScalar {
  // More digits than a double keeps go as text, which the engine reads as the column's own type.
  if (/^-?(0|[1-9]\d*)(\.\d+)?$/.test(value) && value.replace(/\D/g, '').length <= 15) return Number(value);
  if (value === 'true' || value === 'false') return value === 'true';
  if (value === 'null') return null;
  return /^'.*'$/s.test(value) ? value.slice(1, -1) : value;
}

function wholeNumber(
  option: string,
  given: CommandContext['options'][string],
  otherwise: number,
  most: number,
): number {
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw badOption(option, String(given), { zh: `1 到 ${most} 的整数`, en: `a whole number from 1 to ${most}` });
}
