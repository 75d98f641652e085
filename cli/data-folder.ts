import { existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { dataFolderFull, dataFolderUnwritable, portInUse, restoreUnfinished } from './errors.ts';
import { UNFINISHED } from './platform/restored.ts';

/** A full-size first load needs about this much. */
const NEEDED_MB = 500;

/**
 * Makes sure before anything starts that the data folder is there, can be written and has room.
 *
 * @throws FillOnceError `cli.data_folder_unwritable`, `cli.data_folder_full`, `cli.restore_unfinished`
 */
export function prepareDataFolder(folder: string, neededMb = NEEDED_MB): void {
  if (existsSync(join(folder, UNFINISHED))) throw restoreUnfinished(folder);
  const probe = join(folder, `.probe-${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(probe, 'x');
    rmSync(probe);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') throw dataFolderFull(folder, 0, neededMb);
    throw dataFolderUnwritable(folder, error);
  }
  const { bavail, bsize } = statfsSync(folder);
  const freeMb = Math.floor((bavail * bsize) / 1_000_000);
  if (freeMb < neededMb) throw dataFolderFull(folder, freeMb, neededMb);
}

/**
 * Fails early when the address is taken, before minutes of start-up work.
 *
 * @throws FillOnceError `cli.port_in_use`
 */
export async function checkPort(host: string, port: number): Promise<void> {
  if (port === 0) return;
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', () => reject(portInUse(host, port)));
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}
