import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, measure } from './copy-file.ts';
import { backupDamaged, backupUnreadable } from './errors.ts';
import { type BackupManifest, MANIFEST, parseManifest } from './manifest.ts';
import type { BackupEntry, BackupSource } from './source.ts';

export function openFolderSource(from: string): BackupSource {
  async function* entries({ files }: BackupManifest): AsyncGenerator<BackupEntry> {
    for (const { path } of files) {
      const file = join(from, path);
      await stat(file).catch(() => {
        throw backupDamaged(path, 'missing');
      });
      yield { path, content: createReadStream(file) };
    }
  }
  return {
    entries,
    check: async () => {
      const file = join(from, MANIFEST);
      const text = await readFile(file, 'utf8').catch((error: unknown) => {
        throw backupUnreadable(file, error);
      });
      const manifest = parseManifest(file, text);
      const expected = new Map(manifest.files.map((each) => [each.path, each]));
      for await (const { path, content } of entries(manifest)) compare(expected.get(path), await measure(content));
      return manifest;
    },
  };
}
