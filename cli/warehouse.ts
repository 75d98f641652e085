// Over the usual size: the commands share their tables and read alike.

import type { PublicationId } from '../core/index.ts';
import {
  comparePublications,
  listPublications,
  openPublicationFolder,
  type PublicationManifest,
  RETENTION,
} from '../warehouse/index.ts';
import type { Command } from './command.ts';
import { badOption } from './errors.ts';
import { publicationsFolder, withWarehouse } from './open-warehouse.ts';
import { configOf, dataOption, jsonOption } from './settings.ts';
import { textTable } from './sql-table.ts';

const rebuild: Command = {
  name: 'warehouse rebuild',
  usage: 'warehouse rebuild [--without-missing] [--data DIR] [--json]',
  summary: {
    zh: '只用落地的原始批次重建数据仓库并发布，逐表核对重建前后的内容指纹',
    en: 'make the warehouse anew from landing alone, publish it, and compare the content of every mart before and after',
  },
  options: {
    data: dataOption,
    json: jsonOption,
    'without-missing': {
      type: 'boolean',
      help: {
        zh: '落地区缺少的批次无法恢复，放弃其内容',
        en: 'give up the content of batches that landing has lost and no backup has',
      },
    },
  },
  examples: ['fillonce warehouse rebuild', 'fillonce warehouse rebuild --data /srv/fillonce --json'],
  run: (context) =>
    withWarehouse(context, async ({ warehouse, tell, publish, clock, writeDown }) => {
      const withoutMissing = context.options['without-missing'] === true;
      if (!withoutMissing) await warehouse.requireWholeLanding();
      await writeDown({ action: 'warehouse.rebuild', subject: 'warehouse', detail: { withoutMissing } });
      tell('收入尚未处理的批次 · staging what is outstanding');
      await warehouse.stageOutstanding();
      // Brought up to today first: ages are judged by the day, and only the same day can be compared.
      const before = await warehouse.publications.manifest((await publish()) as PublicationId);
      const began = clock.now().getTime();
      tell('从落地批次重建 · rebuilding from landing');
      await warehouse.rebuild({ withoutMissing });
      const tookMs = clock.now().getTime() - began;
      const after = await warehouse.publications.manifest((await publish()) as PublicationId);
      const marts = hashes(before, after);
      const same = marts.every((mart) => mart.before === mart.after);
      if (context.options.json) {
        context.stdout.write(`${JSON.stringify({ same, before: before.id, after: after.id, tookMs, marts })}\n`);
      } else {
        context.stdout.write(
          textTable(
            ['mart', 'rows', 'before', 'after', ''],
            marts.map(({ mart, rows, before: a, after: b }) => [
              mart,
              rows,
              a.slice(0, 16),
              b.slice(0, 16),
              a === b ? '=' : '≠',
            ]),
          ),
        );
        context.stdout.write(
          same
            ? `\n重建前后完全一致：${marts.length} 张表 · identical: ${marts.length} marts (${before.id} → ${after.id})\n`
            : '\n重建前后不一致，见标 ≠ 的表 · not identical: see the marts marked ≠\n',
        );
      }
      return same ? 0 : 1;
    }),
};

function hashes(before: PublicationManifest, after: PublicationManifest) {
  const now = new Map(after.marts.map((mart) => [mart.mart, mart]));
  const names = new Set([...before.marts.map(({ mart }) => mart), ...now.keys()]);
  const old = new Map(before.marts.map((mart) => [mart.mart, mart]));
  return [...names].sort().map((mart) => ({
    mart,
    rows: now.get(mart)?.rows ?? 0,
    before: old.get(mart)?.content ?? '',
    after: now.get(mart)?.content ?? '',
  }));
}

const verify: Command = {
  name: 'warehouse verify',
  usage: 'warehouse verify [--data DIR] [--json]',
  summary: {
    zh: '核对落地文件、账本、专题表与当前发布是否一致',
    en: 'prove that landing, ledger, marts and the current publication agree',
  },
  options: { data: dataOption, json: jsonOption },
  examples: ['fillonce warehouse verify', 'fillonce warehouse verify --json'],
  run: (context) =>
    withWarehouse(context, async ({ warehouse, tell }) => {
      tell('核对中：读全部批次并另行重建一份 · reading every batch and rebuilding beside');
      const found = await warehouse.verify();
      if (context.options.json) context.stdout.write(`${JSON.stringify(found)}\n`);
      else {
        for (const { batch, reason } of found.damagedBatches) context.stdout.write(`✗ ${batch}: ${reason}\n`);
        for (const { batch, known } of found.missingBatches) {
          context.stdout.write(
            known === 'ledger'
              ? `✗ ${batch}: 账本有，落地区没有，请从备份恢复 · the ledger has it, landing has no such batch: restore it from a backup\n`
              : `✗ ${batch}: 落地区序号中断，请从备份恢复 · a hole in landing's sequence: restore it from a backup\n`,
          );
        }
        for (const { table, batches } of found.keptOtherwise) {
          const named = batches.length === 0 ? '' : ` (${batches.join(', ')})`;
          context.stdout.write(`✗ ${table}: 与从落地重建的不同 · a rebuild makes it otherwise${named}\n`);
        }
        for (const { mart } of found.rebuiltOtherwise) {
          context.stdout.write(`✗ ${mart}: 与从落地重建的不同 · a rebuild makes it otherwise\n`);
        }
        for (const { mart } of found.publishedOtherwise) {
          context.stdout.write(`✗ ${mart}: 发布文件与清单不符 · the published file is not what its manifest says\n`);
        }
        context.stdout.write(
          found.ok
            ? `✓ 一致：${found.batches} 个批次（${found.asOf}） · all agree: ${found.batches} batches\n`
            : found.missingBatches.length > 0
              ? '  → 先从备份恢复缺少的批次，再核对；此前不要重建 · restore the missing batches from a backup and verify again; do not rebuild before\n'
              : '  → 运行 fillonce warehouse rebuild 重建；损坏的批次请从备份恢复 · rebuild; restore damaged batches from a backup\n',
        );
      }
      return found.ok ? 0 : 1;
    }),
};

const publications: Command = {
  name: 'warehouse publications',
  usage: 'warehouse publications [--limit N] [--data DIR] [--json]',
  summary: {
    zh: '列出发布版本：时间、行数、被谁引用、保留到何时（平台运行时也可用）',
    en: 'list publications: when, rows, who pins them, how long they are kept (also while the platform runs)',
  },
  options: {
    data: dataOption,
    json: jsonOption,
    limit: {
      type: 'string',
      value: 'N',
      default: '20',
      help: { zh: '最多列几个（1–500）', en: 'how many at most (1–500)' },
    },
  },
  examples: ['fillonce warehouse publications', 'fillonce warehouse publications --limit 3 --json'],
  run: async ({ options, stdout }) => {
    const config = configOf(options);
    const folder = openPublicationFolder(publicationsFolder(config));
    const page = { offset: 0, limit: wholeNumber(options.limit, 'limit', 1, 500) };
    const { publications: found, total } = await listPublications(folder, RETENTION, Date.now(), page);
    const items = found.map(({ manifest, ...rest }) => ({
      id: manifest.id,
      createdAt: manifest.createdAt,
      asOf: manifest.asOf,
      records: manifest.records,
      marts: Object.fromEntries(manifest.marts.map(({ mart, rows }) => [mart, rows])),
      ...rest,
    }));
    if (options.json) stdout.write(`${JSON.stringify({ total, items })}\n`);
    else {
      stdout.write(
        textTable(
          ['publication', 'created', 'as of', 'records', 'kept', 'pinned by'],
          items.map((item) => [
            item.id,
            item.createdAt,
            item.asOf,
            item.records,
            item.keptUntil ? `${item.kept} ${item.keptUntil.toISOString()}` : item.kept,
            item.pinnedBy.join(' '),
          ]),
        ),
      );
    }
    return 0;
  },
};

const compare: Command = {
  name: 'warehouse compare',
  usage: 'warehouse compare [FROM [TO]] [--mart THEME.NAME] [--sample N] [--data DIR] [--json]',
  summary: {
    zh: '比较两个发布版本：每张表新增、减少、改动的行（默认当前版本与前一版）',
    en: 'compare two publications: rows added, removed and changed per mart (default: the current one with the one before)',
  },
  options: {
    data: dataOption,
    json: jsonOption,
    mart: { type: 'string', value: 'THEME.NAME', help: { zh: '只比这一张表', en: 'this mart only' } },
    sample: {
      type: 'string',
      value: 'N',
      default: '3',
      help: { zh: '每种变化举几行（0–100）', en: 'rows shown of each change (0–100)' },
    },
  },
  examples: [
    'fillonce warehouse compare',
    'fillonce warehouse compare pub_01kb… pub_01kc… --mart population.person --sample 10',
  ],
  run: async ({ args, options, stdout, stderr }) => {
    const folder = openPublicationFolder(publicationsFolder(configOf(options)));
    const after = await folder.manifest((args[1] ?? 'current') as PublicationId);
    const before = (args[0] ?? after.previous ?? after.id) as PublicationId;
    const found = await comparePublications(folder, before, after.id, {
      sample: wholeNumber(options.sample, 'sample', 0, 100),
      onMart: (mart) => void stderr.write(`${mart}\n`),
      ...(typeof options.mart === 'string' ? { mart: options.mart } : {}),
    });
    if (options.json) {
      stdout.write(`${JSON.stringify(found)}\n`);
      return 0;
    }
    stdout.write(`${found.from} → ${found.to}\n\n`);
    if (found.marts.length > 0) {
      stdout.write(
        textTable(
          ['mart', 'before', 'after', 'added', 'removed', 'changed'],
          found.marts.map((mart) => [
            mart.mart,
            mart.rowsBefore,
            mart.rowsAfter,
            mart.added,
            mart.removed,
            mart.changed,
          ]),
        ),
      );
    }
    for (const { mart, columnsAdded, columnsRemoved, sample } of found.marts) {
      for (const column of columnsAdded) stdout.write(`+ ${mart}.${column}\n`);
      for (const column of columnsRemoved) stdout.write(`- ${mart}.${column}\n`);
      for (const { change, key, columns } of sample) {
        const named = columns.length === 0 ? '' : `  (${columns.join(', ')})`;
        stdout.write(`${SIGNS[change]} ${mart} ${Object.values(key).join(' ')}${named}\n`);
      }
    }
    stdout.write(`\n${found.same} 张表没有变化 · marts are the same\n`);
    return 0;
  },
};

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

const freshness: Command = {
  name: 'warehouse freshness',
  usage: 'warehouse freshness [--data DIR] [--json]',
  summary: { zh: '每个数据集最近一批何时收到、是否过期', en: 'when each dataset last came, and which are late' },
  options: { data: dataOption, json: jsonOption },
  examples: ['fillonce warehouse freshness'],
  run: (context) =>
    withWarehouse(context, async ({ warehouse }) => {
      const items = await warehouse.freshness();
      if (context.options.json) context.stdout.write(`${JSON.stringify({ items })}\n`);
      else {
        context.stdout.write(
          textTable(
            ['dataset', 'state', 'last batch', 'age h', 'fresh within h'],
            items.map(({ asset, state, receivedAt, ageHours, freshWithinHours }) => [
              asset,
              state,
              receivedAt,
              ageHours === null ? null : Math.round(ageHours * 10) / 10,
              freshWithinHours,
            ]),
          ),
        );
      }
      return items.some(({ state }) => state === 'fail') ? 1 : 0;
    }),
};

/** @throws FillOnceError `cli.option` */
export function wholeNumber(value: unknown, option: string, least: number, most: number): number {
  const text = String(value);
  const n = Number(text);
  if (!/^\d{1,9}$/.test(text) || n < least || n > most) {
    throw badOption(option, text, { zh: `${least} 到 ${most} 的整数`, en: `a whole number from ${least} to ${most}` });
  }
  return n;
}

/** The commands that look after the warehouse of a data folder. */
export const warehouseCommands: readonly Command[] = [rebuild, verify, publications, compare, freshness];
