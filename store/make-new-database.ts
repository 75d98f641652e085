// Makes the database with which new ones begin, so that no start and no test waits for initdb and migrations.
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemClock } from '../core/index.ts';
import { dumpNewDatabase } from './engine-pglite.ts';
import { migrate, readMigrations } from './migrate.ts';
import { newDatabaseFile } from './new-database.ts';

const file = await newDatabaseFile();
const folder = dirname(file);
const dump = await dumpNewDatabase(systemClock, async (engine) => migrate(engine, await readMigrations(), systemClock));
await mkdir(folder, { recursive: true });
const part = `${file}.${randomUUID()}`;
await writeFile(part, Buffer.from(await dump.arrayBuffer()));
await rename(part, file);
for (const name of await readdir(folder)) {
  if (/^new-database-.*\.tar/.test(name) && name !== basename(file)) await rm(join(folder, name), { force: true });
}
