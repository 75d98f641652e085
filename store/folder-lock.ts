import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { folderTaken } from './errors.ts';

interface Holder {
  readonly pid: number;
  /** Start time of the process in the kernel's ticks: tells a process from a later one with the same number. */
  readonly started: string;
}

/**
 * Claims a folder for this process; a claim whose process is gone is taken over.
 *
 * PGlite does not guard its own files, and two processes writing one folder destroy it.
 *
 * @returns the function that gives the folder back
 * @throws FillOnceError `store.folder-taken`
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, 'owner.json');
  const me: Holder = { pid: process.pid, started: await startOf(process.pid) };
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(JSON.stringify(me));
      await handle.close();
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await readHolder(file);
    if (holder && (await isAlive(holder))) throw folderTaken(folder, holder.pid);
    await rm(file, { force: true });
  }
  throw folderTaken(folder, 0);
}

async function readHolder(file: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    // A process killed between creating and writing the file left it empty.
    return null;
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return (await startOf(holder.pid)) === holder.started;
}

async function startOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
