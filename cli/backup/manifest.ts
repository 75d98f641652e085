import { z } from 'zod';
import { backupUnreadable } from './errors.ts';

export const MANIFEST = 'manifest.json';
export const STORE_DUMP = 'store.ndjson';
/** Folder, inside a backup, of the files that go back to their places in the data folder. */
export const FILES = 'files';

const schema = z.object({
  format: z.literal(1),
  createdAt: z.string(),
  version: z.string(),
  engine: z.enum(['pglite', 'postgres']),
  storeRows: z.number().int(),
  publication: z.string().nullable(),
  files: z.array(z.object({ path: z.string(), bytes: z.number().int(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});

/** What a backup holds; written last, so that a backup without it is an unfinished one. */
export type BackupManifest = z.infer<typeof schema>;
export type BackedUpFile = BackupManifest['files'][number];

/**
 * @param where the folder's manifest, or the file that has one in it: named when it cannot be read
 * @throws FillOnceError `cli.backup_unreadable` when it is none, or when a path in it leads out of the backup
 */
export function parseManifest(where: string, text: string): BackupManifest {
  let manifest: BackupManifest;
  try {
    manifest = schema.parse(JSON.parse(text));
  } catch (error) {
    throw backupUnreadable(where, error);
  }
  const bad = manifest.files.find(
    ({ path }) => path !== STORE_DUMP && (!path.startsWith(`${FILES}/`) || path.split('/').includes('..')),
  );
  if (bad) throw backupUnreadable(where, new Error(`path ${bad.path}`));
  return manifest;
}
