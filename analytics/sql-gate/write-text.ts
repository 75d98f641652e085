import type { Cell } from '../../warehouse/cell.ts';
import type { Chunk } from '../../warehouse/duckdb.ts';
import type { ResultColumn } from './protocol.ts';

/** Excel reads a file without it as the system's own encoding. */
const BOM = '\ufeff';
/** What a spreadsheet would carry out when it opens the file; signs of full width are formulas to a Chinese Excel too. */
const FORMULA = /^[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]/;

/** The whole type: one that only holds a number somewhere, as a union does, may be any text. */
const NUMERIC = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL\(\d+,\d+\)|DOUBLE|FLOAT)$/;

/**
 * CSV (RFC 4180, UTF-8 with a mark). A text that a spreadsheet would take for a formula gets an apostrophe before it.
 *
 * @example for await (const part of writeCsv(columns, files.stream(file))) process.stdout.write(part);
 */
export async function* writeCsv(
  columns: readonly ResultColumn[],
  chunks: AsyncIterable<Chunk>,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const numeric = columns.map(({ sqlType }) => NUMERIC.test(sqlType));
  yield encoder.encode(`${BOM}${columns.map(({ name }) => csvCell(name)).join(',')}\r\n`);
  for await (const chunk of chunks) {
    const lines: string[] = [];
    for (let i = 0; i < chunk.rowCount; i++) {
      lines.push(chunk.columns.map((column, c) => csvCell(column[i] ?? null, numeric[c])).join(','));
    }
    yield encoder.encode(`${lines.join('\r\n')}\r\n`);
  }
}

function csvCell(value: Cell, numeric = false): string {
  if (value === null) return '';
  const plain = typeof value === 'object' ? JSON.stringify(value) : String(value);
  // A number may begin with a minus; a text may not.
  const text = typeof value === 'string' && !numeric && FORMULA.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A JSON array with one object per row, one row a line. */
export async function* writeJson(
  columns: readonly ResultColumn[],
  chunks: AsyncIterable<Chunk>,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const names = columns.map(({ name }) => JSON.stringify(name));
  let first = true;
  yield encoder.encode('[');
  for await (const chunk of chunks) {
    let text = '';
    for (let i = 0; i < chunk.rowCount; i++) {
      const fields = chunk.columns.map((column, c) => `${names[c]}:${JSON.stringify(column[i] ?? null)}`);
      text += `${first ? '\n' : ',\n'}{${fields.join(',')}}`;
      first = false;
    }
    yield encoder.encode(text);
  }
  yield encoder.encode('\n]\n');
}
