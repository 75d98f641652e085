import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { PublicationId } from '../../core/ids.ts';
import { openPublicationFolder } from '../../warehouse/publication-folder.ts';

/** Folders of the data folder that a backup does without: each is made again, or is written down in another way. */
const LEFT_OUT = new Set([
  // dumped as rows
  'store',
  // campaigns and incidents are taken up again from their rows
  'temporal',
  // made again for each download
  'exports',
  'uploads',
  // results of analysts' queries
  'sql',
  'logs',
  // handled below: publications, and a working file that is made again from landing
  'warehouse',
]);

/** Files of the data folder that belong to one running process. */
const OF_A_PROCESS = /^(control|restored|sources-status|serving-status)\.json$|\.part$|^\.|\.log$/;

/**
 * Files that a backup takes besides the store, relative to the data folder. What is added meanwhile is not among them; what is among them
 * never changes, except the few of settings.
 */
export async function backupFiles(dataFolder: string, publications: readonly PublicationId[]): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await entries(dataFolder)) {
    if (entry.isDirectory() ? LEFT_OUT.has(entry.name) : OF_A_PROCESS.test(entry.name)) continue;
    if (entry.isDirectory()) found.push(...(await filesUnder(dataFolder, entry.name)));
    else if (entry.isFile()) found.push(entry.name);
  }
  const folder = join('warehouse', 'publications');
  for (const id of publications) found.push(...(await filesUnder(dataFolder, join(folder, id))));
  const pins = await filesUnder(dataFolder, join(folder, 'pins'));
  found.push(...pins.filter((file) => !TRANSIENT_PINS.has(file.split('/').at(-1) ?? '')));
  return found.map((file) => file.split(sep).join('/')).sort();
}

export const BACKUP_PIN = 'backup';
/** Pins that end with the process that made them. */
const TRANSIENT_PINS = new Set([BACKUP_PIN, 'serving']);

/** The publications that readers or campaigns rely on: the current one and the pinned ones. */
export async function neededPublications(dataFolder: string): Promise<readonly PublicationId[]> {
  const folder = openPublicationFolder(join(dataFolder, 'warehouse', 'publications'));
  const current = await folder.currentId();
  const pinned = await entries(join(folder.folder, 'pins'));
  const there = new Set(await folder.list());
  const wanted = new Set([...(current === null ? [] : [current]), ...pinned.map(({ name }) => name as PublicationId)]);
  return [...wanted].filter((id) => there.has(id)).sort();
}

/** Data folders as they are when nothing was ever written to them. */
export async function isEmptyFolder(folder: string): Promise<boolean> {
  return (await entries(folder)).length === 0;
}

/** Complete files only: names with a dot in front are being written. A batch's data is there before its manifest is. */
async function filesUnder(dataFolder: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await entries(join(dataFolder, folder))) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || entry.name === 'drafts') continue;
    if (entry.isDirectory()) found.push(...(await filesUnder(dataFolder, path)));
    else if (entry.isFile()) found.push(path);
  }
  return found;
}

async function entries(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Sum of the sizes, to compare with the room that is left. */
export async function bytesOf(dataFolder: string, files: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const file of files) bytes += (await stat(join(dataFolder, file)).catch(() => ({ size: 0 }))).size;
  return bytes;
}
