import { randomUUID } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { extract } from 'tar-stream';
import { packageRoot } from '../core/paths.ts';

/**
 * An empty database as tar, made once per installed PGlite: to unpack it takes a fifth of the time that initdb takes, whose
 * WASM need not be compiled either.
 */
function emptyDatabaseFile(): string {
  const manifest = join(packageRoot(), 'node_modules', '@electric-sql', 'pglite', 'package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  return join(packageRoot(), 'dist', `empty-database-${version}.tar`);
}

/** Makes the tar (40 MB, about 4 s). */
export async function makeEmptyDatabase(): Promise<void> {
  const file = emptyDatabaseFile();
  const database = await PGlite.create();
  const dump = await database.dumpDataDir('none');
  await database.close();
  await mkdir(dirname(file), { recursive: true });
  const part = `${file}.${randomUUID()}`;
  await writeFile(part, Buffer.from(await dump.arrayBuffer()));
  await rename(part, file);
}

/** The tar for a database in memory; undefined where none was made: PGlite then runs initdb itself. */
export async function emptyDatabase(): Promise<Blob | undefined> {
  const bytes = await unlessMissing(readFile(emptyDatabaseFile()));
  return bytes && new Blob([bytes]);
}

/** Lays an empty database into `folder`, whole or not at all, unless it is there or no tar was made. */
export async function layEmptyDatabase(folder: string): Promise<void> {
  if (await unlessMissing(stat(folder))) return;
  const part = `${folder}.new`;
  await rm(part, { recursive: true, force: true });
  const file = emptyDatabaseFile();
  if (!(await unlessMissing(stat(file)))) return;
  const entries = createReadStream(file, { highWaterMark: 1 << 20 }).pipe(extract());
  for await (const entry of entries) {
    const path = join(part, entry.header.name);
    if (entry.header.type === 'directory') {
      await mkdir(path, { recursive: true, mode: 0o700 });
      entry.resume();
      continue;
    }
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    await writeFile(path, Buffer.concat(chunks), { mode: 0o600 });
  }
  await rename(part, folder);
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
