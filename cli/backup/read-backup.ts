import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/index.ts';
import { FillOnceError } from '../../core/index.ts';
import { restoreStore } from '../../store/index.ts';
import { RESTORED, UNFINISHED } from '../platform/restored.ts';
import { compare, writeContent } from './copy-file.ts';
import { isEmptyFolder } from './data-files.ts';
import { backupDamaged, folderNotEmpty, writeFailed } from './errors.ts';
import { linesOf } from './lines.ts';
import { type BackupManifest, FILES, STORE_DUMP } from './manifest.ts';
import { openBackupSource } from './source.ts';

export interface RestoreOptions {
  /** A folder, or a tar file, compressed or not. */
  readonly from: string;
  /** A folder that is empty or not there. */
  readonly dataFolder: string;
  /** Where the rows go; absent: into the data folder. */
  readonly databaseUrl?: string;
  readonly clock: Clock;
}

/** The rows, until they are in the store. */
const ROWS = '.store.ndjson';

/**
 * Fills an empty data folder from a backup. Every file is compared with the manifest before anything is written, and again while it is
 * copied. After a failure the folder is empty again.
 *
 * @throws FillOnceError `cli.folder_not_empty`, `cli.backup_unreadable`, `cli.backup_damaged`, `cli.backup_write`, `store.…`
 */
export async function readBackup(options: RestoreOptions): Promise<BackupManifest> {
  const { from, dataFolder, databaseUrl, clock } = options;
  const backup = await openBackupSource(from);
  if (!(await isEmptyFolder(dataFolder))) throw folderNotEmpty(dataFolder);
  const manifest = await backup.check();
  await mkdir(dataFolder, { recursive: true });
  try {
    await writeFile(join(dataFolder, UNFINISHED), `${from}\n`);
    const left = new Map(manifest.files.map((file) => [file.path, file]));
    for await (const { path, content } of backup.entries(manifest)) {
      const file = left.get(path);
      if (file === undefined) throw backupDamaged(path, 'not in the manifest');
      left.delete(path);
      const place = path === STORE_DUMP ? ROWS : path.slice(FILES.length + 1);
      compare(file, await writeContent(content, join(dataFolder, place)));
    }
    for (const path of left.keys()) throw backupDamaged(path, 'missing');
    // The working file is left out: the first start makes it again from landing.
    await restoreStore(
      { folder: join(dataFolder, 'store'), clock, ...(databaseUrl === undefined ? {} : { databaseUrl }) },
      linesOf(join(dataFolder, ROWS)),
    );
    await rm(join(dataFolder, ROWS));
    await writeFile(join(dataFolder, RESTORED), `${JSON.stringify({ from, backupOf: manifest.createdAt })}\n`);
    await rm(join(dataFolder, UNFINISHED));
    return manifest;
  } catch (error) {
    for (const name of await readdir(dataFolder)) await rm(join(dataFolder, name), { recursive: true, force: true });
    throw error instanceof FillOnceError ? error : writeFailed(dataFolder, error);
  }
}
