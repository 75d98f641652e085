import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { finished } from 'node:stream/promises';
import { civilTime, FillOnceError, packageRoot } from '../../core/index.ts';
import type { Store } from '../../store/index.ts';
import { openPublicationFolder } from '../../warehouse/publication-folder.ts';
import { BACKUP_PIN, backupFiles, bytesOf, isEmptyFolder, neededPublications } from './data-files.ts';
import { backupInside, backupThere, folderNotEmpty, writeFailed } from './errors.ts';
import { openFolderTarget } from './folder-target.ts';
import { type BackedUpFile, type BackupManifest, FILES, MANIFEST, STORE_DUMP } from './manifest.ts';
import { openTarTarget } from './tar-target.ts';
import type { BackupTarget } from './target.ts';

export interface BackupProgress {
  readonly bytes: number;
  readonly of: number;
}

export interface BackupOptions {
  readonly dataFolder: string;
  /** Absolute. A name that ends in `.tar`, `.tar.gz` or `.tgz` makes one file, which must not be there; any other a folder, empty or not there. */
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
 * @throws FillOnceError `cli.folder_not_empty`, `cli.backup_there`, `cli.backup_inside`, `cli.backup_write`
 */
export async function writeBackup(options: BackupOptions): Promise<BackupManifest> {
  const { dataFolder, to, store, onProgress = () => undefined, signal = new AbortController().signal } = options;
  if (resolve(to).startsWith(resolve(dataFolder) + sep)) throw backupInside(to, dataFolder);
  const target = await openTarget(to);
  const publications = openPublicationFolder(join(dataFolder, 'warehouse', 'publications'));
  const pinned: Awaited<ReturnType<typeof neededPublications>>[number][] = [];
  try {
    const { rows } = await writeDump(store, target.scratch);
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
    const files: BackedUpFile[] = [{ path: STORE_DUMP, ...(await target.take(STORE_DUMP)) }];
    let bytes = 0;
    for (const path of paths) {
      signal.throwIfAborted();
      const copied = await putIfThere(target, `${FILES}/${path}`, join(dataFolder, path));
      if (copied === null) continue;
      files.push({ path: `${FILES}/${path}`, ...copied });
      bytes += copied.bytes;
      onProgress({ bytes, of });
    }
    if (publication !== null && pinned.includes(publication)) {
      const pointer = `${FILES}/warehouse/publications/current`;
      files.push({ path: pointer, ...(await target.putText(pointer, `${publication}\n`)) });
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
    await target.putText(MANIFEST, `${JSON.stringify(manifest, null, 1)}\n`);
    await target.finish();
    return manifest;
  } catch (error) {
    await target.discard().catch(() => undefined);
    if (error instanceof FillOnceError || signal.aborted) throw error;
    throw writeFailed(to, error);
  } finally {
    for (const id of pinned) await publications.unpin(id, BACKUP_PIN);
  }
}

/** @throws FillOnceError when something is there already, or when the place cannot be written */
async function openTarget(to: string): Promise<BackupTarget> {
  try {
    if (!/\.(tar|tar\.gz|tgz)$/.test(to)) {
      if (!(await isEmptyFolder(to))) throw folderNotEmpty(to);
      return await openFolderTarget(to);
    }
    if (await isThere(to)) throw backupThere(to);
    return await openTarTarget(to);
  } catch (error) {
    throw error instanceof FillOnceError ? error : writeFailed(to, error);
  }
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
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
async function putIfThere(target: BackupTarget, path: string, from: string) {
  try {
    return await target.put(path, from);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
