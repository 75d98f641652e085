import { existsSync } from 'node:fs';
import { appendFile, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { JsonObject } from '../core/index.ts';
import { audit, listAudit, type Store } from '../store/index.ts';

const entrySchema = z.object({
  at: z.string(),
  id: z.string(),
  action: z.enum(['sql.ask', 'sql.end', 'sql.export']),
  detail: z.record(z.string(), z.json()),
});

/** One line of the file that the command line writes while it does not hold the store. */
export type CliAuditEntry = z.infer<typeof entrySchema>;

const fileOf = (dataFolder: string) => join(dataFolder, 'sql-audit.ndjson');

/**
 * Writes down what the command line asks. The store has one owner, mostly the running platform; it takes the lines over when it starts.
 */
export async function noteInFile(dataFolder: string, entry: CliAuditEntry): Promise<void> {
  await appendFile(fileOf(dataFolder), `${JSON.stringify(entry)}\n`, { mode: 0o600, flush: true });
}

/** Takes the lines of the command line over into the audit log, each once; returns how many. */
export async function importCliAudit(store: Store, dataFolder: string): Promise<number> {
  const file = fileOf(dataFolder);
  const taken = `${file}.taken`;
  // What a killed import left comes first; the command line goes on in a new file meanwhile.
  if (!existsSync(taken)) {
    if (!existsSync(file)) return 0;
    await rename(file, taken);
  }
  const lines = (await readFile(taken, 'utf8')).split('\n').filter((line) => line !== '');
  let count = 0;
  for (const line of lines) {
    const entry = parsed(line);
    if (entry === null) continue;
    const subject = `cli:${entry.id}`;
    const isNew = await store.system.transaction(async (tx) => {
      const known = await listAudit(tx, { subject, action: entry.action, limit: 1 });
      if (known.length > 0) return false;
      await audit(tx, { action: entry.action, subject, detail: { ...entry.detail, at: entry.at } as JsonObject });
      return true;
    });
    if (isNew) count++;
  }
  await rm(taken, { force: true });
  return count;
}

/** A line that was cut off by a kill is left out. */
function parsed(line: string): CliAuditEntry | null {
  try {
    return entrySchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
