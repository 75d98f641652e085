import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { civilTimestamp } from '../../core/index.ts';
import type { SourceState } from '../../store/index.ts';

/** The state of every source as a file, so that `fillonce doctor` can tell it without opening the running platform's store. */
export async function writeSourceStatus(
  dataFolder: string,
  read: () => Promise<readonly SourceState[]>,
): Promise<void> {
  const rows = (await read()).map(({ source, dataset, lastSuccessAt, errorSince, lastError }) => ({
    source,
    dataset,
    lastSuccessAt: lastSuccessAt && civilTimestamp(lastSuccessAt),
    errorSince: errorSince && civilTimestamp(errorSince),
    error: lastError?.message ?? null,
  }));
  const file = join(dataFolder, 'sources-status.json');
  const draft = `${file}.${process.hrtime.bigint()}.part`;
  await writeFile(draft, JSON.stringify(rows));
  await rename(draft, file);
}
