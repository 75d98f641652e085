import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { extract } from 'tar-stream';
import { contentHash } from '../core/ids.ts';
import { packageRoot } from '../core/paths.ts';
import { readMigrations } from './migrate.ts';

/**
 * The database with which new ones begin, as tar: made by `bin/setup.mjs` once per installed PGlite and set of migrations. To unpack it
 * takes a fifth of the time that initdb and the migrations take, and the WASM of initdb need not be compiled.
 */
export async function newDatabaseFile(): Promise<string> {
  const manifest = await readFile(
    join(packageRoot(), 'node_modules', '@electric-sql', 'pglite', 'package.json'),
    'utf8',
  );
  const { version } = JSON.parse(manifest) as { version: string };
  const schema = contentHash(JSON.stringify(await readMigrations())).slice(0, 12);
  return join(packageRoot(), 'dist', `new-database-${version}-${schema}.tar`);
}

/** The tar for a database in memory; undefined where none was made: PGlite then runs initdb itself. */
export async function newDatabase(): Promise<Blob | undefined> {
  const bytes = await unlessMissing(readFile(await newDatabaseFile()));
  return bytes && new Blob([bytes]);
}

/** Lays a new database into `folder`, whole or not at all, unless it is there or no tar was made. */
export async function layNewDatabase(folder: string): Promise<void> {
  if (await unlessMissing(stat(folder))) return;
  const part = `${folder}.new`;
  await rm(part, { recursive: true, force: true });
  const file = await newDatabaseFile();
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
