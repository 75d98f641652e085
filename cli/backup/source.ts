import { stat } from 'node:fs/promises';
import { backupUnreadable } from './errors.ts';
import { openFolderSource } from './folder-source.ts';
import type { BackupManifest } from './manifest.ts';
import { openTarSource } from './tar-source.ts';

/** One file of a backup; its bytes have to be read before the next one is asked for. */
export interface BackupEntry {
  readonly path: string;
  readonly content: AsyncIterable<Buffer>;
}

/** A backup, however it was written. */
export interface BackupSource {
  /**
   * Reads all of it and compares every file with the manifest.
   *
   * @throws FillOnceError `cli.backup_damaged` naming the file, `cli.backup_unreadable`
   */
  check(): Promise<BackupManifest>;
  /** Its files, without the manifest. Not compared: what was read before may have changed since. */
  entries(manifest: BackupManifest): AsyncIterable<BackupEntry>;
}

/** @throws FillOnceError `cli.backup_unreadable` when nothing is there */
export async function openBackupSource(from: string): Promise<BackupSource> {
  const found = await stat(from).catch((error: unknown) => {
    throw backupUnreadable(from, error);
  });
  return found.isDirectory() ? openFolderSource(from) : openTarSource(from);
}
