import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The secret of the plate hashes: configured, or made once and kept in the data folder outside the database. */
export function plateKey(dataFolder: string, configured: string | undefined): string {
  if (configured !== undefined) return configured;
  const file = join(dataFolder, 'plate.key');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    const made = randomBytes(32).toString('hex');
    writeFileSync(file, `${made}\n`, { mode: 0o600, flag: 'wx' });
    return made;
  }
}
