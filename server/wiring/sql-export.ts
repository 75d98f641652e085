import { createReadStream } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { type ResultColumn, type ResultFiles, writeArrow, writeCsv, writeJson } from '../../analytics/index.ts';
import { writeWorkbook } from '../../templates/xlsx/index.ts';
import type { SqlFormat } from '../schema/sql.ts';

export const SQL_CONTENT_TYPES: Readonly<Record<SqlFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  json: 'application/json',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.stream',
};

/** How the names of such files end; Arrow is sent in its streaming format, whose ending is not that of its file format. */
export const SQL_ENDINGS: Readonly<Record<SqlFormat, string>> = {
  csv: 'csv',
  xlsx: 'xlsx',
  json: 'json',
  parquet: 'parquet',
  arrow: 'arrows',
};

/**
 * A result's file in the asked format, as it is read. `done` is called when the stream has ended, failed or was left.
 *
 * @example encodeResult({ files, file, columns, format: 'csv', done: release })
 */
export function encodeResult(result: {
  readonly files: ResultFiles;
  readonly file: string;
  readonly columns: readonly ResultColumn[];
  readonly format: SqlFormat;
  readonly done: () => Promise<void>;
}): Readable {
  const { files, file, columns, format, done } = result;
  const stream = format === 'parquet' ? createReadStream(file) : encode(files, file, columns, format);
  stream.once('close', () => void done().catch(() => undefined));
  return stream;
}

function encode(
  files: ResultFiles,
  file: string,
  columns: readonly ResultColumn[],
  format: Exclude<SqlFormat, 'parquet'>,
): Readable {
  if (format !== 'xlsx') {
    const bytes = {
      csv: () => writeCsv(columns, files.stream(file)),
      json: () => writeJson(columns, files.stream(file)),
      arrow: () => writeArrow(columns, files.exact(file, columns)),
    }[format]();
    return Readable.from(bytes, { objectMode: false });
  }
  const target = new PassThrough();
  async function* rows() {
    for await (const chunk of files.stream(file)) {
      for (let i = 0; i < chunk.rowCount; i++) {
        yield chunk.columns.map((column, c) => shown(column[i] ?? null, columns[c]?.sqlType ?? ''));
      }
    }
  }
  const sheet = { name: '查询结果', columns: columns.map(({ name }) => ({ header: name })), rows: rows() };
  writeWorkbook(target, [sheet]).catch((error: unknown) => target.destroy(error as Error));
  return target;
}

/** Numbers that a workbook would round stay text; so do texts too long for a cell, cut. */
function shown(value: unknown, sqlType: string): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value === 'string') {
    if (sqlType === 'DATE' && /^\d{4}-\d{2}-\d{2}$/.test(value)) return value;
    return value.slice(0, 32_767);
  }
  return value;
}
