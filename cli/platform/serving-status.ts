import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, civilTime, type ErrorBody, type Message } from '../../core/index.ts';

/** How serving to Postgres stands, as `fillonce doctor` tells it. */
export interface ServingStatus {
  /** The publication that was served last; null: none yet. */
  readonly publication: string | null;
  readonly servedAt: string | null;
  /** Since when every attempt has failed; null: the last one succeeded. */
  readonly errorSince: string | null;
  readonly error: Message | null;
}

const FILE = 'serving-status.json';

/** Writes down what an attempt came to; what was served before a failure stays. */
export async function noteServing(
  dataFolder: string,
  clock: Clock,
  outcome: { readonly publication: string | null; readonly error: ErrorBody | null },
): Promise<void> {
  const before = await readServingStatus(dataFolder);
  const now = civilTime(clock.now());
  const status: ServingStatus =
    outcome.error === null
      ? { publication: outcome.publication, servedAt: now, errorSince: null, error: null }
      : {
          publication: before?.publication ?? null,
          servedAt: before?.servedAt ?? null,
          errorSince: before?.errorSince ?? now,
          error: outcome.error.message,
        };
  const file = join(dataFolder, FILE);
  const draft = `${file}.${process.hrtime.bigint()}.part`;
  await writeFile(draft, JSON.stringify(status));
  await rename(draft, file);
}

/** Null when nothing was ever served from this data folder. */
export async function readServingStatus(dataFolder: string): Promise<ServingStatus | null> {
  try {
    return JSON.parse(await readFile(join(dataFolder, FILE), 'utf8')) as ServingStatus;
  } catch {
    return null;
  }
}
