import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { FillOnceError } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { Connector, Page, PullRequest } from './connector.ts';
import { type CsvEncoding, isPlainlyUtf8, readCsvRows } from './csv.ts';
import {
  answerEncoding,
  cursorForm,
  fileChanging,
  fileTooLarge,
  fileUnreadable,
  inboxMissing,
  unknownDataset,
} from './errors.ts';
import { type Cell, type TableLayout, tableRecords } from './table-layout.ts';

export type FileDataset = TableLayout & {
  /** Which files of the inbox: `*` stands for any characters. */
  readonly pattern: string;
} & ({ readonly kind: 'csv'; readonly encoding: CsvEncoding } | { readonly kind: 'xlsx'; readonly sheet: string });

/** Reads a sheet row by row; given by whoever has an xlsx reader. */
export type ReadXlsxRows = (path: string, sheet: string) => AsyncIterable<readonly Cell[]>;

/** Where originals are kept: `keep` resolves when the copy is on disk. */
export interface FileSink {
  keep(path: string): Promise<{ readonly sha256: string; readonly bytes: number; readonly path: string }>;
}

export interface FileOptions {
  readonly source: string;
  readonly inbox: string;
  readonly datasets: Readonly<Record<string, FileDataset>>;
  readonly readXlsxRows: ReadXlsxRows;
  readonly files: FileSink;
  readonly clock: Clock;
  /** A new file must stay as it is for this long before it is read; 1 s unless told. */
  readonly settleMs?: number | undefined;
  /** Largest file; 256 MiB unless told. */
  readonly fileBytes?: number | undefined;
}

const RECORDS_PER_PAGE = 2000;
const FILES_PER_PULL = 1000;

const fileSchema = z.object({ name: z.string(), size: z.number(), mtimeMs: z.number(), sha256: z.string() });
const cursorSchema = z.object({ files: z.array(fileSchema) });
type SeenFile = z.infer<typeof fileSchema>;

/**
 * Pulls the files of an inbox, oldest name first. It never deletes or moves: the cursor remembers name, size, time and
 * hash of what was read, as long as the file lies there. A file is copied to the sink first and read from that copy, so
 * it cannot change while it is read, and the original stays provable. One bad file does not hold up the others: its
 * error is thrown when they are done, and it is tried again at the next pull.
 */
export function createFileConnector(options: FileOptions): Connector {
  const { source, inbox, datasets, readXlsxRows, files, clock } = options;
  const settleMs = options.settleMs ?? 1000;
  const fileBytes = options.fileBytes ?? 256 << 20;

  async function list(pattern: string): Promise<Omit<SeenFile, 'sha256'>[]> {
    try {
      const wanted = matcher(pattern);
      const names = (await readdir(inbox)).filter((name) => wanted.test(name)).sort();
      if (names.length > FILES_PER_PULL) throw fileTooLarge(join(inbox, pattern), `${FILES_PER_PULL} files`);
      const found = await Promise.all(names.map((name) => look(join(inbox, name), name)));
      return found.filter((file) => file !== null);
    } catch (error) {
      throw error instanceof FillOnceError ? error : inboxMissing(inbox, error);
    }
  }

  function read(path: string, dataset: FileDataset): AsyncIterable<readonly Cell[]> {
    return dataset.kind === 'csv' ? readCsvRows(path, dataset.encoding) : readXlsxRows(path, dataset.sheet);
  }

  /** A stable copy of the file, or the error that says that it changes. */
  async function copy(file: Omit<SeenFile, 'sha256'>) {
    const path = join(inbox, file.name);
    if (file.size > fileBytes) throw fileTooLarge(path, `${fileBytes} bytes`);
    const kept = await files.keep(path);
    const after = await look(path, file.name);
    if (after === null || !same(file, after) || kept.bytes !== file.size) throw fileChanging(path);
    return kept;
  }

  async function* pull(request: PullRequest): AsyncIterable<Page> {
    const dataset = datasets[request.dataset];
    if (!dataset) throw unknownDataset(source, request.dataset);
    let seen = readCursor(request.cursor, `${source}.${request.dataset}`);
    const present = await list(dataset.pattern);
    const fresh = present.filter((file) => !seen.some((old) => same(old, file)));
    if (fresh.length === 0) return;
    await clock.sleep(settleMs, request.signal);
    let failure: unknown = null;
    for (const file of fresh) {
      request.signal.throwIfAborted();
      const path = join(inbox, file.name);
      try {
        const now = await look(path, file.name);
        if (now === null) continue;
        if (!same(file, now)) throw fileChanging(path);
        const kept = await copy(file);
        const known = seen.some((old) => old.sha256 === kept.sha256);
        const before = seen;
        seen = remember(seen, { ...file, sha256: kept.sha256 }, present);
        if (known) yield { records: [], cursor: { files: seen } };
        else yield* pages(tableRecords(read(kept.path, dataset), dataset, path), before, seen);
      } catch (error) {
        seen = seen.filter((old) => !same(old, file));
        failure ??= await explain(error, path, dataset);
      }
    }
    if (failure !== null) throw failure;
  }

  return { pull };
}

/** Pages of one file. Only the last one moves the cursor: a file that broke off is read again from its start. */
async function* pages(
  records: AsyncIterable<JsonObject>,
  before: readonly SeenFile[],
  after: readonly SeenFile[],
): AsyncIterable<Page> {
  let page: JsonObject[] = [];
  for await (const record of records) {
    if (page.length === RECORDS_PER_PAGE) {
      yield { records: page, cursor: { files: before } };
      page = [];
    }
    page.push(record);
  }
  yield { records: page, cursor: { files: after } };
}

/** A table that was not found in a CSV is most often one in the wrong encoding. */
async function explain(error: unknown, path: string, dataset: FileDataset): Promise<FillOnceError> {
  if (!(error instanceof FillOnceError)) return fileUnreadable(path, error);
  if (dataset.kind !== 'csv' || error.code !== 'connectors.file.header' || dataset.encoding === 'utf-8') return error;
  const utf8 = await isPlainlyUtf8(path).catch(() => false);
  return utf8 ? answerEncoding(path, dataset.encoding.toUpperCase()) : error;
}

/** Files that are gone from the inbox are forgotten, so the cursor stays as small as the inbox. */
function remember(seen: SeenFile[], file: SeenFile, present: readonly { name: string }[]): SeenFile[] {
  return [...seen.filter((old) => old.name !== file.name && present.some(({ name }) => name === old.name)), file];
}

function same(a: Omit<SeenFile, 'sha256'>, b: Omit<SeenFile, 'sha256'>): boolean {
  return a.name === b.name && a.size === b.size && a.mtimeMs === b.mtimeMs;
}

async function look(path: string, name: string): Promise<Omit<SeenFile, 'sha256'> | null> {
  try {
    const found = await stat(path);
    return found.isFile() ? { name, size: found.size, mtimeMs: Math.round(found.mtimeMs) } : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Hidden files, Excel's lock files (`~$…`) and unfinished `.part` files are nobody's. */
function matcher(pattern: string): RegExp {
  const body = pattern
    .split('*')
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^(?![.~])(?!.*\\.part$)${body}$`, 'i');
}

function readCursor(cursor: Json, where: string): SeenFile[] {
  if (cursor === null) return [];
  const result = cursorSchema.safeParse(cursor);
  if (!result.success) throw cursorForm(where);
  return result.data.files;
}
