import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/index.ts';
import { FillOnceError } from '../../core/index.ts';
import { restoreStore } from '../../store/index.ts';
import { RESTORED, UNFINISHED } from '../platform/restored.ts';
import { copyFile, type Measured, measureFile } from './copy-file.ts';
import { isEmptyFolder } from './data-files.ts';
import { backupDamaged, folderNotEmpty, writeFailed } from './errors.ts';
import { linesOf } from './lines.ts';
import { type BackupManifest, FILES, readManifest, STORE_DUMP } from './manifest.ts';

export interface RestoreOptions {
  readonly from: string;
  /** A folder that is empty or not there. */
  readonly dataFolder: string;
  /** Where the rows go; absent: into the data folder. */
  readonly databaseUrl?: string;
  readonly clock: Clock;
}

/**
 * Fills an empty data folder from a backup. Every file is compared with the manifest before anything is written, and again while it is
 * copied. After a failure the folder is empty again.
 *
 * @throws FillOnceError `cli.folder_not_empty`, `cli.backup_unreadable`, `cli.backup_damaged`, `cli.backup_write`, `store.…`
 */
export async function readBackup(options: RestoreOptions): Promise<BackupManifest> {
  const { from, dataFolder, databaseUrl, clock } = options;
  const manifest = await readManifest(from);
  if (!(await isEmptyFolder(dataFolder))) throw folderNotEmpty(dataFolder);
  for (const file of manifest.files) same(file, await measured(join(from, file.path), file.path));
  await mkdir(dataFolder, { recursive: true });
  try {
    await writeFile(join(dataFolder, UNFINISHED), `${from}\n`);
    for (const file of manifest.files) {
      if (!file.path.startsWith(`${FILES}/`)) continue;
      same(file, await copyFile(join(from, file.path), join(dataFolder, file.path.slice(FILES.length + 1))));
    }
    // The working file is left out: the first start makes it again from landing.
    await restoreStore(
      { folder: join(dataFolder, 'store'), clock, ...(databaseUrl === undefined ? {} : { databaseUrl }) },
      linesOf(join(from, STORE_DUMP)),
    );
    await writeFile(join(dataFolder, RESTORED), `${JSON.stringify({ from, backupOf: manifest.createdAt })}\n`);
    await rm(join(dataFolder, UNFINISHED));
    return manifest;
  } catch (error) {
    for (const name of await readdir(dataFolder)) await rm(join(dataFolder, name), { recursive: true, force: true });
    throw error instanceof FillOnceError ? error : writeFailed(dataFolder, error);
  }
}

async function measured(path: string, name: string): Promise<Measured> {
  try {
    await stat(path);
  } catch {
    throw backupDamaged(name, 'missing');
  }
  return measureFile(path);
}

function same(expected: { readonly path: string } & Measured, found: Measured): void {
  if (found.bytes !== expected.bytes) {
    throw backupDamaged(expected.path, `${found.bytes} bytes, not ${expected.bytes}`);
  }
  if (found.sha256 !== expected.sha256) throw backupDamaged(expected.path, 'sha256');
}
