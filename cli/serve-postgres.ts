import { join } from 'node:path';
import {
  errorText,
  FillOnceError,
  loadCatalogue,
  orgPath,
  SENSITIVITIES,
  type Sensitivity,
  systemClock,
  type Theme,
} from '../core/index.ts';
import { createServing, openReader, type Reader, type ServeResult, type Serving } from '../warehouse/index.ts';
import type { Command, CommandContext, CommandOption } from './command.ts';
import { badOption, missingOption } from './errors.ts';
import { configOf, dataOption, jsonOption } from './settings.ts';

const LOOK_EVERY_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

const target: Readonly<Record<string, CommandOption>> = {
  'database-url': {
    type: 'string',
    value: 'URL',
    help: {
      zh: 'Postgres 连接串（默认 FILLONCE_SERVING_URL）',
      en: 'Postgres to serve to (default FILLONCE_SERVING_URL)',
    },
  },
  schema: {
    type: 'string',
    value: 'NAME',
    help: { zh: '模式名（默认 fillonce）', en: 'schema of the views (default fillonce)' },
  },
  data: dataOption,
  json: jsonOption,
};

const serveCommand: Command = {
  name: 'warehouse serve-postgres',
  usage: 'warehouse serve-postgres [--database-url URL] [--schema NAME] [--once|--follow] [--data DIR] [--json]',
  summary: {
    zh: '把当前发布的专题表复制到 Postgres，供 psql、Metabase、Superset、Excel 读取',
    en: 'copy the marts of the current publication to Postgres, for psql, Metabase, Superset, Excel',
  },
  options: {
    ...target,
    once: { type: 'boolean', help: { zh: '复制一次后退出（默认）', en: 'copy once and end (default)' } },
    follow: { type: 'boolean', help: { zh: '持续跟随每次发布', en: 'follow every publication until stopped' } },
  },
  examples: [
    'fillonce warehouse serve-postgres --database-url postgres://etl@localhost/bi',
    'fillonce warehouse serve-postgres --follow --json',
  ],
  run: (context) =>
    withServing(context, async (serving, reader) => {
      if (!context.options.follow) report(context, await serving.serve({ signal: context.signal }));
      else await follow(context, serving, reader);
    }),
};

const grantCommand: Command = {
  name: 'warehouse serve-postgres grant',
  usage:
    'warehouse serve-postgres grant ROLE --org PATH [--sensitivity LEVEL] [--themes a,b] [--database-url URL] [--schema NAME]',
  summary: {
    zh: '允许一个数据库角色读取某组织及下级的行、不高于某敏感级的值',
    en: 'let a database role read the rows of an org unit and below, and values up to a sensitivity',
  },
  options: {
    ...target,
    org: {
      type: 'string',
      value: 'PATH',
      help: { zh: '组织路径，如 310199/001/c05', en: 'org unit, for example 310199/001/c05' },
    },
    sensitivity: {
      type: 'string',
      value: 'LEVEL',
      default: 'internal',
      help: {
        zh: `可见的最高敏感级：${SENSITIVITIES.join('、')}`,
        en: `most sensitive values shown: ${SENSITIVITIES.join(', ')}`,
      },
    },
    themes: { type: 'string', value: 'A,B', help: { zh: '限定专题（默认全部）', en: 'themes shown (default all)' } },
  },
  examples: ['fillonce warehouse serve-postgres grant bi_c05 --org 310199/001/c05 --sensitivity internal'],
  run: (context) => {
    const { options, args } = context;
    const role = args[0];
    if (role === undefined) throw missingOption('ROLE');
    if (typeof options.org !== 'string') throw missingOption('--org');
    const sensitivity = String(options.sensitivity) as Sensitivity;
    if (!SENSITIVITIES.includes(sensitivity)) {
      throw badOption('sensitivity', sensitivity, {
        zh: SENSITIVITIES.join('、'),
        en: `one of ${SENSITIVITIES.join(', ')}`,
      });
    }
    const themes = typeof options.themes === 'string' ? (options.themes.split(',') as Theme[]) : undefined;
    const scope = scopeOf(options.org);
    return withServing(context, async (serving) => {
      await serving.grant({ role, scope, sensitivity, ...(themes ? { themes } : {}) });
      done(context, { role, scope, sensitivity }, `${role} → ${scope} (${sensitivity})`);
    });
  },
};

const revokeCommand: Command = {
  name: 'warehouse serve-postgres revoke',
  usage: 'warehouse serve-postgres revoke ROLE [--database-url URL] [--schema NAME]',
  summary: { zh: '收回一个数据库角色的全部读取权限', en: 'take everything from a database role again' },
  options: target,
  run: (context) => {
    const role = context.args[0];
    if (role === undefined) throw missingOption('ROLE');
    return withServing(context, async (serving) => {
      await serving.revoke(role);
      done(context, { role }, `${role} ✗`);
    });
  },
};

/** The commands around `warehouse serve-postgres`. */
export const servingCommands: readonly Command[] = [serveCommand, grantCommand, revokeCommand];

async function withServing(
  { options }: CommandContext,
  work: (serving: Serving, reader: Reader) => Promise<void>,
): Promise<number> {
  const config = configOf(options);
  const url = typeof options['database-url'] === 'string' ? options['database-url'] : config.servingUrl;
  if (url === undefined) throw missingOption('--database-url');
  const reader = openReader({ folder: join(config.dataFolder, 'warehouse') });
  try {
    const schema = typeof options.schema === 'string' ? options.schema : config.servingSchema;
    await work(createServing({ databaseUrl: url, schema, reader, catalogue: loadCatalogue() }), reader);
    return 0;
  } finally {
    await reader.close();
  }
}

/** Serves each publication as it comes. What may pass is tried again, at growing distances; anything else ends the command. */
async function follow(context: CommandContext, serving: Serving, reader: Reader): Promise<void> {
  const { signal, stderr } = context;
  let served: string | null = null;
  let pauseMs = LOOK_EVERY_MS;
  while (!signal.aborted) {
    try {
      const current = (await reader.current()).id;
      if (current !== served) {
        const result = await serving.serve({ signal });
        served = result.publication;
        report(context, result);
      }
      pauseMs = LOOK_EVERY_MS;
    } catch (error) {
      if (signal.aborted) return;
      const waits =
        error instanceof FillOnceError && (error.retryable || error.code === 'warehouse.publication.unknown');
      if (!waits) throw error;
      stderr.write(`fillonce: ${errorText(error)}\n`);
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    }
    await systemClock.sleep(pauseMs, signal).catch(() => undefined);
  }
}

function report(context: CommandContext, result: ServeResult): void {
  const { publication, changed, marts, rows, copiedRows } = result;
  const english = changed
    ? `${publication}: ${copiedRows} of ${rows} rows copied, ${marts} marts`
    : `${publication}: served already`;
  const chinese = changed
    ? `${publication}：复制 ${copiedRows} / ${rows} 行，${marts} 张专题表`
    : `${publication}：已是最新`;
  done(context, result, `${chinese}\n${english}`);
}

function done({ options, stdout }: CommandContext, result: object, text: string): void {
  stdout.write(options.json ? `${JSON.stringify(result)}\n` : `${text}\n`);
}

function scopeOf(text: string) {
  try {
    return orgPath(text);
  } catch {
    throw badOption('org', text, { zh: '组织路径，如 310199/001/c05', en: 'an org path, for example 310199/001/c05' });
  }
}
