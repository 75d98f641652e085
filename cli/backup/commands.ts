import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Clock, type Config, FillOnceError, systemClock } from '../../core/index.ts';
import { openStore } from '../../store/index.ts';
import { openLanding } from '../../warehouse/index.ts';
import type { Command, CommandContext } from '../command.ts';
import { missingOption } from '../errors.ts';
import { configOf, dataOption, jsonOption } from '../settings.ts';
import { noData, platformDeaf } from './errors.ts';
import type { BackupManifest } from './manifest.ts';
import { orderBackup } from './order-backup.ts';
import { readBackup } from './read-backup.ts';
import { type BackupProgress, writeBackup } from './write-backup.ts';

const backupCommand: Command = {
  name: 'backup',
  usage: 'backup --out FILE.tar[.gz]|FOLDER [--data DIR] [--json]',
  summary: {
    zh: '备份全部数据；平台运行时也可以执行',
    en: 'back up everything, whether the platform runs or not',
  },
  options: {
    out: {
      type: 'string',
      value: 'PLACE',
      help: {
        zh: '以 .tar、.tar.gz 或 .tgz 结尾则写成一个文件（须不存在），否则写成目录（须为空或不存在）',
        en: 'one file when it ends in .tar, .tar.gz or .tgz (must not be there), else a folder (empty or not there)',
      },
    },
    to: { type: 'string', value: 'PLACE', help: { zh: '同 --out', en: 'the same as --out' } },
    data: dataOption,
    json: jsonOption,
  },
  examples: [
    'fillonce backup --out /backup/fillonce-2026-11-22.tar.gz',
    'fillonce backup --out /backup/fillonce-2026-11-22',
  ],
  run: async (context) => {
    const { options, stderr, signal } = context;
    const place = options.out ?? options.to;
    if (typeof place !== 'string') throw missingOption('--out');
    const config = configOf(options);
    const { dataFolder } = config;
    if (!existsSync(join(dataFolder, 'landing')) && !existsSync(join(dataFolder, 'store'))) throw noData(dataFolder);
    const to = resolve(place);
    let told = '';
    const onProgress = ({ bytes, of }: BackupProgress) => {
      const now = `${Math.floor(bytes / 1e6)} / ${Math.floor(of / 1e6)} MB`;
      if (!options.json && now !== told) stderr.write(`\r${now} `);
      told = now;
    };
    const asked = await orderBackup({ dataFolder, to, onProgress, signal });
    const manifest = asked ?? (await backupStopped(config, to, onProgress, signal));
    if (!options.json && told !== '') stderr.write('\n');
    report(context, manifest, to);
    return 0;
  },
};

const restoreCommand: Command = {
  name: 'restore',
  usage: 'restore --from FILE|FOLDER --data EMPTY_DIR [--json]',
  summary: {
    zh: '把备份恢复到一个空目录；下次启动时未完成的填报批次会继续',
    en: 'restore a backup into an empty folder; at the next start half-done campaigns go on',
  },
  options: {
    from: { type: 'string', value: 'PLACE', help: { zh: '备份文件或目录', en: 'file or folder of the backup' } },
    data: dataOption,
    json: jsonOption,
  },
  examples: ['fillonce restore --from /backup/fillonce-2026-11-22.tar.gz --data /srv/fillonce'],
  run: async (context) => {
    const { options } = context;
    if (typeof options.from !== 'string') throw missingOption('--from');
    const { dataFolder, databaseUrl } = configOf(options);
    const manifest = await readBackup({
      from: resolve(options.from),
      dataFolder,
      clock: systemClock,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    });
    report(context, manifest, dataFolder);
    return 0;
  },
};

export const backupCommands: readonly Command[] = [backupCommand, restoreCommand];

/** A backup of a data folder that no platform uses. */
async function backupStopped(
  { dataFolder, databaseUrl }: Config,
  to: string,
  onProgress: (progress: BackupProgress) => void,
  signal: AbortSignal,
): Promise<BackupManifest> {
  const clock = systemClock;
  const store = await openStore({
    folder: join(dataFolder, 'store'),
    clock,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
  }).catch((error: unknown) => {
    const taken = error instanceof FillOnceError && error.code === 'store.folder-taken';
    throw taken ? platformDeaf(dataFolder, Number(error.details.pid ?? 0)) : error;
  });
  try {
    return await writeBackup({
      dataFolder,
      to,
      store,
      seal: () => sealLeftOver(join(dataFolder, 'landing'), clock),
      onProgress,
      signal,
    });
  } finally {
    await store.close();
  }
}

/** What a killed platform had acknowledged and not made a batch of is in open segments: opening the spool makes one. */
async function sealLeftOver(landingFolder: string, clock: Clock): Promise<void> {
  if (!existsSync(landingFolder)) return;
  const landing = openLanding({ folder: landingFolder, clock });
  for (const source of await readdir(landingFolder)) {
    if (source === 'files' || source.startsWith('.')) continue;
    for (const dataset of await readdir(join(landingFolder, source))) {
      const names = await readdir(join(landingFolder, source, dataset));
      if (names.some((name) => name.endsWith('.open'))) await (await landing.openSpool(source, dataset)).close();
    }
  }
}

function report({ options, stdout }: CommandContext, manifest: BackupManifest, where: string): void {
  const { files, ...rest } = manifest;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (options.json) {
    stdout.write(`${JSON.stringify({ ...rest, files: files.length, bytes, where })}\n`);
    return;
  }
  const size = `${files.length} files, ${(bytes / 1e6).toFixed(1)} MB, ${rest.storeRows} rows`;
  stdout.write(`${where}：${size}（${rest.createdAt}）\n${where}: ${size} (${rest.createdAt})\n`);
}
