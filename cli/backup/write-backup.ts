import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { civilTime, FillOnceError, packageRoot } from '../../core/index.ts';
import type { Store } from '../../store/index.ts';
import { openPublicationFolder } from '../../warehouse/publication-folder.ts';
import { copyFile, measureFile } from './copy-file.ts';
import { BACKUP_PIN, backupFiles, bytesOf, isEmptyFolder, neededPublications } from './data-files.ts';
import { folderNotEmpty, writeFailed } from './errors.ts';
import { type BackedUpFile, type BackupManifest, FILES, MANIFEST, STORE_DUMP } from './manifest.ts';

export interface BackupProgress {
  readonly bytes: number;
  readonly of: number;
}

export interface BackupOptions {
  readonly dataFolder: string;
  /** A folder that is empty or not there. */
  readonly to: string;
  readonly store: Store;
  /** Makes batches of what was pushed and is acknowledged. */
  readonly seal: () => Promise<void>;
  readonly onProgress?: (progress: BackupProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes a backup of a data folder while others go on writing to it. The rows come first and then the files, which are never changed and
 * only added to: so every file that a row names is there. What arrived after the rows were read is not in the backup, or, where its file
 * is, is done once more after a restore, without doubling anything.
 *
 * @throws FillOnceError `cli.folder_not_empty`, `cli.backup_write`
 */
export async function writeBackup(options: BackupOptions): Promise<BackupManifest> {
  const { dataFolder, to, store, onProgress = () => undefined, signal = new AbortController().signal } = options;
  if (!(await isEmptyFolder(to))) throw folderNotEmpty(to);
  const partial = `${to}.partial`;
  await rm(partial, { recursive: true, force: true });
  const publications = openPublicationFolder(join(dataFolder, 'warehouse', 'publications'));
  const pinned: Awaited<ReturnType<typeof neededPublications>>[number][] = [];
  try {
    await mkdir(partial, { recursive: true, mode: 0o700 });
    const { rows } = await writeDump(store, join(partial, STORE_DUMP));
    await options.seal();
    // Before its pin a publication may be retired: then nobody needs it.
    for (const id of await neededPublications(dataFolder)) {
      const kept = await publications.pin(id, BACKUP_PIN).then(
        () => true,
        () => false,
      );
      if (kept) pinned.push(id);
    }
    const publication = await publications.currentId();
    const paths = await backupFiles(dataFolder, pinned);
    const of = await bytesOf(dataFolder, paths);
    const files: BackedUpFile[] = [{ path: STORE_DUMP, ...(await measureFile(join(partial, STORE_DUMP))) }];
    let bytes = 0;
    for (const path of paths) {
      signal.throwIfAborted();
      const copied = await copyIfThere(join(dataFolder, path), join(partial, FILES, path));
      if (copied === null) continue;
      files.push({ path: `${FILES}/${path}`, ...copied });
      bytes += copied.bytes;
      onProgress({ bytes, of });
    }
    if (publication !== null && pinned.includes(publication)) {
      const pointer = `${FILES}/warehouse/publications/current`;
      await writeFile(join(partial, pointer), `${publication}\n`, { mode: 0o600 });
      files.push({ path: pointer, ...(await measureFile(join(partial, pointer))) });
    }
    const manifest: BackupManifest = {
      format: 1,
      createdAt: civilTime(store.clock.now()),
      version: (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version,
      engine: store.engine,
      storeRows: rows,
      publication,
      files,
    };
    await writeFile(join(partial, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`, { mode: 0o600, flush: true });
    await rm(to, { recursive: true, force: true });
    await rename(partial, to);
    return manifest;
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    if (error instanceof FillOnceError || signal.aborted) throw error;
    throw writeFailed(to, error);
  } finally {
    for (const id of pinned) await publications.unpin(id, BACKUP_PIN);
  }
}

async function writeDump(store: Store, file: string): Promise<{ readonly rows: number }> {
  const stream = createWriteStream(file, { mode: 0o600, flush: true });
  const done = finished(stream);
  // Its error comes to light where the next line is written, or at the end.
  done.catch(() => undefined);
  try {
    return await store.dump(async (line) => {
      if (!stream.write(line)) await Promise.race([once(stream, 'drain'), done]);
    });
  } finally {
    stream.end();
    await done;
  }
}

/** Null for a file that went away since it was listed: an inbox is emptied while it is copied. */
async function copyIfThere(from: string, to: string) {
  try {
    return await copyFile(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
