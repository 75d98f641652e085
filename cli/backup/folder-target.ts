import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { copyFile, measureFile } from './copy-file.ts';
import type { BackupTarget } from './target.ts';

/** A backup as a folder; the place must be empty or not there. */
export async function openFolderTarget(to: string): Promise<BackupTarget> {
  const partial = `${to}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true, mode: 0o700 });
  const scratch = join(partial, '.scratch');
  return {
    scratch,
    put: (path, from) => copyFile(from, join(partial, path)),
    take: async (path) => {
      await rename(scratch, join(partial, path));
      return measureFile(join(partial, path));
    },
    putText: async (path, text) => {
      const file = join(partial, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text, { mode: 0o600, flush: true });
      return measureFile(file);
    },
    finish: async () => {
      await rm(to, { recursive: true, force: true });
      await rename(partial, to);
    },
    discard: () => rm(partial, { recursive: true, force: true }),
  };
}
