import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Clock, contentHash, newId } from '../core/index.ts';
import { notFound } from './errors.ts';

/** Large immutable files under the hash of their content: snapshots, merges, releases, workbooks. */
export interface Objects {
  /** Takes over a finished file (it is moved) and gives its reference: `snapshots/3f…9a.parquet`. */
  put(kind: string, file: string): Promise<string>;
  putBytes(kind: string, bytes: Uint8Array, extension: string): Promise<string>;
  /** Where the object lies on this machine. @throws FillOnceError `store.not-found` */
  path(ref: string): Promise<string>;
  has(ref: string): Promise<boolean>;
  /** A path that no one else uses, on the same disk, to write a file that `put` will take. */
  draft(extension: string): Promise<string>;
  /** Reads the object again and tells whether it still has its hash. */
  verify(ref: string): Promise<boolean>;
}

export function createFolderObjects({ folder, clock }: { readonly folder: string; readonly clock: Clock }): Objects {
  const place = (ref: string): string => {
    if (!/^[a-z]+\/[0-9a-f]{64}(\.[0-9a-z]+)?$/.test(ref)) throw notFound('object', ref);
    return join(folder, ref);
  };
  const draft = async (extension: string): Promise<string> => {
    const drafts = join(folder, 'drafts');
    await mkdir(drafts, { recursive: true });
    return join(drafts, `${newId<string>('draft', clock.now())}${extension}`);
  };
  const put = async (kind: string, file: string): Promise<string> => {
    const ref = `${kind}/${await hashOfFile(file)}${extname(file)}`;
    const target = place(ref);
    if (await exists(target)) {
      await rm(file);
      return ref;
    }
    await mkdir(dirname(target), { recursive: true });
    await sync(file);
    await rename(file, target);
    await sync(dirname(target));
    return ref;
  };
  return {
    put,
    putBytes: async (kind, bytes, extension) => {
      const known = `${kind}/${contentHash(bytes)}${extension}`;
      if (await exists(place(known))) return known;
      const file = await draft(extension);
      await writeFile(file, bytes);
      return put(kind, file);
    },
    path: async (ref) => {
      const file = place(ref);
      if (!(await exists(file))) throw notFound('object', ref);
      return file;
    },
    has: (ref) => exists(place(ref)),
    draft,
    verify: async (ref) => (await hashOfFile(place(ref))) === ref.slice(ref.indexOf('/') + 1).replace(/\..*$/, ''),
  };
}

async function hashOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** A name in a folder survives a power cut only when file and folder were flushed. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
