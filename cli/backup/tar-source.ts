import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { type Extract, extract } from 'tar-stream';
import { errorText, FillOnceError } from '../../core/index.ts';
import { compare, type Measured, measure } from './copy-file.ts';
import { backupDamaged, backupUnreadable } from './errors.ts';
import { type BackupManifest, MANIFEST, parseManifest } from './manifest.ts';
import type { BackupEntry, BackupSource } from './source.ts';

/** A manifest of half a million files. */
const MOST_MANIFEST_BYTES = 128 * 1024 * 1024;

/** A backup in one tar file, read as a stream; what it is compressed with is seen by its first bytes, not by its name. */
export function openTarSource(from: string): BackupSource {
  return {
    check: async () => {
      const found = new Map<string, Measured>();
      let manifest: BackupManifest | null = null;
      for await (const { path, content } of filesOf(from)) {
        if (path === MANIFEST && manifest === null) manifest = parseManifest(from, await textOf(from, content));
        else if (path === MANIFEST || found.has(path)) throw backupDamaged(path, 'twice');
        else found.set(path, await measure(content));
      }
      if (manifest === null) throw backupUnreadable(from, new Error(`no ${MANIFEST}`));
      for (const file of manifest.files) {
        const there = found.get(file.path);
        if (there === undefined) throw backupDamaged(file.path, 'missing');
        compare(file, there);
        found.delete(file.path);
      }
      for (const path of found.keys()) throw backupDamaged(path, 'not in the manifest');
      return manifest;
    },
    entries: async function* () {
      for await (const entry of filesOf(from)) {
        if (entry.path !== MANIFEST) yield entry;
        else for await (const _ of entry.content);
      }
    },
  };
}

/** The regular files of a tar file. @throws FillOnceError naming the entry at or after which it is damaged */
async function* filesOf(from: string): AsyncGenerator<BackupEntry> {
  const tar = await unpacked(from);
  let last: string | null = null;
  try {
    for await (const entry of tar) {
      const { name, type } = entry.header;
      // `tar -C folder -c .` writes these.
      const path = name.replace(/^(\.\/)+/, '');
      last = path;
      if (type === 'directory') {
        entry.resume();
        continue;
      }
      if (type !== 'file') throw backupDamaged(path, `${type}`);
      yield { path, content: contentOf(path, entry) };
    }
  } catch (error) {
    if (error instanceof FillOnceError) throw error;
    if (last === null) throw backupUnreadable(from, error);
    throw backupDamaged(last, errorText(error));
  } finally {
    tar.destroy();
  }
}

async function* contentOf(path: string, entry: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* entry;
  } catch (error) {
    throw backupDamaged(path, errorText(error));
  }
}

async function unpacked(from: string): Promise<Extract> {
  const handle = await open(from);
  const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  await handle.close();
  const tar = extract();
  const file = createReadStream(from);
  const bytes = buffer[0] === 0x1f && buffer[1] === 0x8b ? file.pipe(createGunzip()) : file;
  for (const stream of new Set([file, bytes])) stream.once('error', (error: Error) => tar.destroy(error));
  tar.once('close', () => {
    file.destroy();
    bytes.destroy();
  });
  bytes.pipe(tar);
  return tar;
}

async function textOf(from: string, content: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > MOST_MANIFEST_BYTES) throw backupUnreadable(from, new Error(`${MANIFEST} is too large`));
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
