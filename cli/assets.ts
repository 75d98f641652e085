import { setTimeout as pause } from 'node:timers/promises';
import { FillOnceError, loadCatalogue } from '../core/index.ts';
import type { AssetDetail, AssetList, BackfillInput, BackfillProgress } from '../server/schema/asset.ts';
import type { LineageColumn } from '../warehouse/index.ts';
import { platformOptions, platformSession } from './asset-session.ts';
import type { Command, CommandContext } from './command.ts';
import { argumentMissing, badOption } from './errors.ts';
import { textTable } from './sql-table.ts';

const PROGRESS_EVERY_MS = 1_000;
const WAIT_DEADLINE_MS = 24 * 3_600_000;

const list: Command = {
  name: 'assets list',
  usage: 'assets list [--url URL] [--as USER] [--json]',
  summary: {
    zh: '列出所有数据资产：层、新鲜度、检查、行数、占用、下次采集',
    en: 'list all assets: layer, freshness, checks, rows, size, next pull',
  },
  options: platformOptions,
  run: async (context) => {
    const session = await platformSession(context);
    const { items } = await session.get<AssetList>('/api/assets');
    return tell(context, { items }, () =>
      textTable(
        ['asset', 'freshness', 'since', 'checks', 'rows', 'bytes', 'next'],
        items.map(({ key, freshness, checks, rows, bytes, nextRun }) => [
          ...[key, freshness.state, freshness.since, checksText(checks), rows, bytes, nextRun],
        ]),
      ),
    );
  },
};

const show: Command = {
  name: 'assets show',
  usage: 'assets show KEY [--url URL] [--as USER] [--json]',
  summary: {
    zh: '看一个资产：检查、最近运行、分区、补数进度',
    en: 'show one asset: checks, last runs, partitions, backfill',
  },
  options: platformOptions,
  examples: ['fillonce assets show mart.economy.building'],
  run: async (context) => {
    const asset = await detail(context, show);
    return tell(context, asset, () => {
      const { key, title, freshness, codeVersion, owner, checks, partitions, upstream, downstream } = asset;
      const head = [
        `${key}  ${title.zh} · ${title.en}`,
        `freshness ${freshness.state}${freshness.since ? ` since ${freshness.since}` : ''}${freshness.because ? ` (${freshness.because})` : ''}`,
        `code ${codeVersion}  owner ${owner}  rows ${asset.rows ?? '-'}  bytes ${asset.bytes ?? '-'}  ms ${asset.tookMs ?? '-'}`,
        `upstream ${upstream.length}  downstream ${downstream.length}  next ${asset.nextRun ?? '-'}`,
      ];
      const parts = [
        `${head.join('\n')}\n`,
        checks.length === 0
          ? ''
          : textTable(
              ['check', 'on failure', 'outcome', 'rows', 'since'],
              checks.map((one) => [one.id, one.severity, one.state, one.rows, one.since]),
            ),
        partitions.length === 0
          ? ''
          : textTable(
              ['partition', 'rows'],
              partitions.map((one) => [one.partition, one.rows]),
            ),
        runTable(asset),
      ];
      return parts.filter(Boolean).join('\n');
    });
  },
};

const runs: Command = {
  name: 'assets runs',
  usage: 'assets runs KEY [--url URL] [--as USER] [--json]',
  summary: { zh: '一个资产的运行记录与日志', en: 'the runs of one asset with their logs' },
  options: platformOptions,
  examples: ['fillonce assets runs staged.grid.resident --json'],
  run: async (context) => {
    const asset = await detail(context, runs);
    return tell(context, { asset: asset.key, items: asset.runs }, () => runTable(asset));
  },
};

const lineage: Command = {
  name: 'assets lineage',
  usage: 'assets lineage COLUMN [--json]',
  summary: {
    zh: '一个字段由什么得来、用到哪里；不需要平台在运行',
    en: 'what a column is made of and where it is used; needs no running platform',
  },
  options: { json: platformOptions.json! },
  examples: [
    'fillonce assets lineage mart.economy.building/tax_12_months',
    'fillonce assets lineage landing.grid.resident/phone',
  ],
  run: async (context) => {
    const key = context.args[0];
    if (key === undefined) throw argumentMissing(lineage.usage, { zh: '字段', en: 'COLUMN' });
    const { declaredLineage } = await import('./declared.ts');
    const all = await declaredLineage(loadCatalogue());
    const column = all.column(key);
    if (!column) throw columnUnknown(key);
    const found = { column, upstream: all.upstream(key), downstream: all.downstream(key) };
    return tell(context, found, () => lineageText(found));
  },
};

const backfill: Command = {
  name: 'assets backfill',
  usage: 'assets backfill SOURCE.DATASET --by day|month --from P --to P [--cancel] [--url URL] [--as USER] [--json]',
  summary: {
    zh: '向来源重新要一段时间的数据，显示进度直到结束（Ctrl-C 只停止显示）',
    en: 'ask a source again for a stretch of time and show the progress to its end (Ctrl-C stops the showing only)',
  },
  options: {
    ...platformOptions,
    by: { type: 'string', value: 'UNIT', default: 'month', help: { zh: 'day 或 month', en: 'day or month' } },
    from: {
      type: 'string',
      value: 'P',
      help: { zh: '第一个分区，如 2026-10 或 2026-10-01', en: 'first partition, like 2026-10 or 2026-10-01' },
    },
    to: { type: 'string', value: 'P', help: { zh: '最后一个分区', en: 'last partition' } },
    cancel: {
      type: 'boolean',
      help: { zh: '取消该来源正在进行的补数', en: 'cancel the one of this source that runs' },
    },
  },
  examples: [
    'FILLONCE_PASSWORD=… fillonce assets backfill signal.headcount --by day --from 2026-11-01 --to 2026-11-20',
  ],
  run: async (context) => {
    const { options } = context;
    const [source, dataset, ...more] = (context.args[0] ?? '').split('.');
    if (!source || !dataset || more.length > 0)
      throw argumentMissing(backfill.usage, { zh: '数据集（来源.数据集）', en: 'SOURCE.DATASET' });
    const session = await platformSession(context);
    if (options.cancel) {
      await session.post(`/api/backfills/${encodeURIComponent(source)}/cancel`);
      return tell(context, { cancelled: source }, () => `${source}: 正在取消 · being cancelled\n`);
    }
    const { by } = options;
    if (by !== 'day' && by !== 'month') throw badOption('by', String(by), { zh: 'day 或 month', en: 'day or month' });
    const order: BackfillInput = {
      source,
      dataset,
      by,
      from: String(options.from ?? ''),
      to: String(options.to ?? ''),
    };
    await session.post('/api/backfills', order);
    const ended = await watch(context, async () => {
      const path = `/api/backfills/${encodeURIComponent(source)}`;
      return (await session.get<{ backfill: BackfillProgress | null }>(path)).backfill;
    });
    if (ended === null) return 0;
    tell(
      context,
      ended,
      () =>
        `${progressLine(ended)}\n${ended.failed.map(({ partition, message }) => `  ${partition}  ${message.zh}\n`).join('')}`,
    );
    return ended.state === 'done' && ended.failedCount === 0 ? 0 : 1;
  },
};

/** `fillonce assets …` */
export const assetCommands: readonly Command[] = [list, show, runs, lineage, backfill];

/** Tells how far it is until it has ended; null when the person stops watching. */
async function watch(
  { signal, stderr }: CommandContext,
  ask: () => Promise<BackfillProgress | null>,
): Promise<BackfillProgress | null> {
  const polls = Math.ceil(WAIT_DEADLINE_MS / PROGRESS_EVERY_MS);
  let told = '';
  for (let poll = 0; poll < polls && !signal.aborted; poll++) {
    const progress = await ask();
    if (progress === null) return null;
    const line = progressLine(progress);
    if (line !== told) stderr.write(`${line}\n`);
    told = line;
    if (progress.finishedAt !== null) return progress;
    await pause(PROGRESS_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return null;
}

function progressLine({ source, dataset, state, done, total, records, failedCount }: BackfillProgress): string {
  return `${source}.${dataset}  ${state}  ${done}/${total}  ${records} records  ${failedCount} failed`;
}

async function detail(context: CommandContext, command: Command): Promise<AssetDetail> {
  const key = context.args[0];
  if (key === undefined) throw argumentMissing(command.usage, { zh: '资产', en: 'KEY' });
  return (await platformSession(context)).get<AssetDetail>(`/api/assets/${encodeURIComponent(key)}`);
}

function tell(context: CommandContext, value: unknown, asText: () => string): number {
  context.stdout.write(context.options.json ? `${JSON.stringify(value)}\n` : asText());
  return 0;
}

function checksText(checks: AssetList['items'][number]['checks']): string {
  const said = Object.entries(checks).filter(([, count]) => count > 0);
  return said.map(([state, count]) => `${state} ${count}`).join(', ');
}

function runTable({ runs: items }: AssetDetail): string {
  return textTable(
    ['started', 'state', 'partition', 'rows', 'ms', 'error'],
    items.map(({ startedAt, state, partition, rows, tookMs, error }) => [
      ...[startedAt, state, partition, rows, tookMs, error ? `${error.code}: ${error.message.en}` : null],
    ]),
  );
}

interface Lineage {
  readonly column: LineageColumn;
  readonly upstream: readonly LineageColumn[];
  readonly downstream: readonly LineageColumn[];
}

function lineageText({ column, upstream, downstream }: Lineage): string {
  const lines = (columns: Lineage['upstream']) =>
    columns.map(({ key, step }) => `    ${step.padEnd(9)} ${key}\n`).join('');
  const expression = column.expression === null ? '' : `    ${column.expression}\n`;
  return `${lines(upstream)}  → ${column.step} ${column.key}\n${expression}${lines(downstream)}`;
}

function columnUnknown(key: string): FillOnceError {
  return new FillOnceError({
    code: 'cli.column_unknown',
    status: 404,
    message: {
      zh: `没有字段“${key}”。写成“资产/字段”，例如 mart.population.person/phone。`,
      en: `There is no column '${key}'. Write asset/column, for example mart.population.person/phone.`,
    },
    details: { where: key },
  });
}
