import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, mkdir, open, readdir, readFile, rename, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { contentHash, type PublicationId } from '../core/ids.ts';
import { publicationUnknown } from './errors.ts';

export interface PublishedColumn {
  readonly name: string;
  readonly type: string;
}

export interface PublishedMart {
  /** `housing.dwelling`. */
  readonly mart: string;
  readonly theme: string;
  readonly name: string;
  readonly kind: string;
  readonly about: string;
  readonly key: readonly string[];
  readonly columns: readonly PublishedColumn[];
  readonly rows: number;
  /** Fingerprint of columns and rows, whatever their order. */
  readonly content: string;
  /** Fingerprint of what it was made from, in the working file that made it. */
  readonly signature: string;
  readonly code: string;
  /** File name of the Parquet copy; of a history it holds the spans that ended, the others are the rows of the entity's copy. */
  readonly parquet: string;
  /** Of a history: the spans that ended. */
  readonly ended?: { readonly rows: number; readonly content: string };
}

/** What one publication holds. */
export interface PublicationManifest {
  readonly id: PublicationId;
  readonly previous: PublicationId | null;
  readonly createdAt: string;
  /** The civil day on which ages were judged. */
  readonly asOf: string;
  readonly marts: readonly PublishedMart[];
  /** One DuckDB file per theme. */
  readonly themes: readonly { readonly theme: string; readonly file: string }[];
  /** Per dataset: the newest batch that is in it, and how many were stopped at the contract. */
  readonly batches: readonly {
    readonly source: string;
    readonly dataset: string;
    readonly through: number;
    readonly staged: number;
    readonly blocked: number;
  }[];
  /** Checks that found something, all of severity `warn`. */
  readonly warnings: readonly { readonly check: string; readonly about: string; readonly rows: number }[];
  /** Rows of all marts together. */
  readonly records: number;
  /** Hash of all the rest, written with it. */
  readonly hash?: string;
}

/** False when a manifest is not what was written. One without a hash cannot show it: the next publication brings one. */
export function manifestWhole({ hash, ...rest }: PublicationManifest): boolean {
  return hash === contentHash(JSON.stringify(rest));
}

const manifestSchema = z.looseObject({ id: z.string(), marts: z.array(z.looseObject({ mart: z.string() })) });

export interface RetentionRule {
  /** Newest publications that are always kept; at least 2, so that a reader between pointer and file finds it. */
  readonly keep: number;
  /** Younger ones are kept too. */
  readonly keepMs: number;
}

export interface PublicationFolder {
  readonly folder: string;
  /** Id that the pointer names; null before the first publication. */
  currentId(): Promise<PublicationId | null>;
  /** @throws FillOnceError `warehouse.publication.unknown` */
  manifest(id: PublicationId | 'current'): Promise<PublicationManifest>;
  pathOf(id: PublicationId, file?: string): string;
  /** All complete publications, oldest first. */
  list(): Promise<PublicationId[]>;
  /** A folder to write a publication in; nothing sees it before `commit`. */
  begin(id: PublicationId): Promise<string>;
  /** Uses an unchanged file of an earlier publication again. */
  reuse(from: PublicationId, id: PublicationId, file: string): Promise<void>;
  /** Makes the files and the manifest durable, the folder visible, and the pointer name it. */
  commit(manifest: PublicationManifest): Promise<void>;
  abandon(id: PublicationId): Promise<void>;
  /** Keeps a publication until it is unpinned by the same name. */
  pin(id: PublicationId, by: string): Promise<void>;
  unpin(id: PublicationId, by: string): Promise<void>;
  /** Who keeps a publication, in order of name. */
  pins(id: PublicationId): Promise<readonly string[]>;
  /** Deletes what neither the rule nor a pin keeps; returns the deleted ids. */
  retire(rule: RetentionRule, nowMs: number): Promise<PublicationId[]>;
  /** Removes what a killed process left half-written. */
  sweep(): Promise<void>;
}

const PARTIAL = '.partial';

/** Publications on disk: `<folder>/<id>/…`, the pointer `<folder>/current`, pins `<folder>/pins/<id>/<by>`. */
export function openPublicationFolder(folder: string): PublicationFolder {
  const pointer = join(folder, 'current');
  const pins = join(folder, 'pins');
  const pathOf = (id: PublicationId, file?: string) => (file === undefined ? join(folder, id) : join(folder, id, file));
  const partial = (id: PublicationId) => `${pathOf(id)}${PARTIAL}`;

  async function currentId(): Promise<PublicationId | null> {
    try {
      // Every page asks. At once these few bytes take 20 µs, through the thread pool half a millisecond and a place in its queue.
      return readFileSync(pointer, 'utf8').trim() as PublicationId;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  async function list(): Promise<PublicationId[]> {
    const names = await namesIn(folder);
    return names.filter((name) => name.startsWith('pub_') && !name.endsWith(PARTIAL)).sort() as PublicationId[];
  }

  return {
    folder,
    currentId,
    pathOf,
    list,
    manifest: async (id) => {
      const named = id === 'current' ? await currentId() : id;
      if (named === null || !/^pub_[0-9a-z]+$/.test(named)) throw publicationUnknown(id);
      let text: string;
      try {
        text = await readFile(pathOf(named, 'manifest.json'), 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw publicationUnknown(named);
        throw error;
      }
      const parsed: unknown = JSON.parse(text);
      manifestSchema.parse(parsed);
      return parsed as PublicationManifest;
    },
    begin: async (id) => {
      await mkdir(partial(id), { recursive: true });
      return partial(id);
    },
    reuse: async (from, id, file) => {
      await link(pathOf(from, file), join(partial(id), file));
    },
    commit: async (manifest) => {
      const writing = partial(manifest.id);
      await writeFile(
        join(writing, 'manifest.json'),
        `${JSON.stringify({ ...manifest, hash: contentHash(JSON.stringify(manifest)) }, null, 1)}\n`,
      );
      for (const name of await readdir(writing)) await flush(join(writing, name));
      await flush(writing);
      await rename(writing, pathOf(manifest.id));
      await flush(folder);
      const next = `${pointer}.${randomUUID()}`;
      await writeFile(next, `${manifest.id}\n`);
      await flush(next);
      await rename(next, pointer);
      await flush(folder);
    },
    abandon: (id) => rm(partial(id), { recursive: true, force: true }),
    pin: async (id, by) => {
      const own = join(pins, id, encodeURIComponent(by));
      try {
        await mkdir(join(pins, id), { recursive: true });
        await writeFile(own, '');
        await stat(pathOf(id, 'manifest.json'));
      } catch (error) {
        // Its own pin only: another's may stand.
        await unlink(own).catch(() => undefined);
        await rmdir(join(pins, id)).catch(() => undefined);
        throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? publicationUnknown(id) : error;
      }
    },
    unpin: async (id, by) => {
      await unlink(join(pins, id, encodeURIComponent(by))).catch(() => undefined);
    },
    pins: async (id) => (await namesIn(join(pins, id))).map(decodeURIComponent).sort(),
    retire: async (rule, nowMs) => {
      const ids = await list();
      const current = await currentId();
      const old = ids.slice(0, Math.max(0, ids.length - Math.max(2, rule.keep)));
      const retired: PublicationId[] = [];
      for (const id of old) {
        const pinned = (await namesIn(join(pins, id))).length > 0;
        if (pinned || id === current) continue;
        const { mtimeMs } = await stat(pathOf(id));
        if (nowMs - mtimeMs < rule.keepMs) continue;
        // Out of sight first: a half-deleted folder must not look like a publication.
        await rename(pathOf(id), partial(id));
        // Whoever pinned it after the look above still found it there.
        if ((await namesIn(join(pins, id))).length > 0) {
          await rename(partial(id), pathOf(id));
          continue;
        }
        await rm(partial(id), { recursive: true, force: true });
        await rm(join(pins, id), { recursive: true, force: true });
        retired.push(id);
      }
      return retired;
    },
    sweep: async () => {
      for (const name of await namesIn(folder)) {
        const leftover = name.endsWith(PARTIAL) || name.startsWith('current.');
        if (leftover) await rm(join(folder, name), { recursive: true, force: true });
      }
    },
  };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
