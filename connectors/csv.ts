import { isAscii, isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { answerEncoding, fileTooLarge, fileUnreadable } from './errors.ts';

export type CsvEncoding = 'gb18030' | 'utf-8';

/** Longest cell; a quote that is never closed would otherwise swallow the file. */
const CELL_LIMIT = 1 << 20;
const COLUMN_LIMIT = 2000;

/**
 * The rows of a CSV file (RFC 4180: quotes doubled inside quotes, line breaks allowed inside them; CR, LF or both).
 *
 * @throws FillOnceError `connectors.answer.encoding` for bytes that are not in the encoding, `connectors.file.large`
 */
export async function* readCsvRows(path: string, encoding: CsvEncoding): AsyncIterable<string[]> {
  const parser = createCsvParser(path);
  try {
    const decoder = new TextDecoder(encoding, { fatal: true });
    for await (const chunk of createReadStream(path, { highWaterMark: 256 << 10 })) {
      yield* parser.push(decode(() => decoder.decode(chunk as Buffer, { stream: true }), path, encoding));
    }
    yield* parser.push(decode(() => decoder.decode(), path, encoding));
    yield* parser.end();
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw fileUnreadable(path, error);
    throw error;
  }
}

/** True when a file that was promised in another encoding is plainly UTF-8: valid as such, and not mere ASCII. */
export async function isPlainlyUtf8(path: string): Promise<boolean> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(64 << 10));
    // The cut may fall inside a character.
    const whole = lastWhole(buffer.subarray(0, bytesRead));
    return isUtf8(whole) && !isAscii(whole);
  } finally {
    await handle.close();
  }
}

/** Without the last character, of which the end may be missing. */
function lastWhole(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1]! & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, Math.max(0, end - 1));
}

function decode(step: () => string, path: string, encoding: CsvEncoding): string {
  try {
    return step();
  } catch {
    throw answerEncoding(path, encoding.toUpperCase());
  }
}

interface CsvParser {
  push(text: string): Iterable<string[]>;
  end(): Iterable<string[]>;
}

function createCsvParser(path: string): CsvParser {
  let row: string[] = [];
  let cell = '';
  let state: 'start' | 'bare' | 'quoted' | 'quoteSeen' = 'start';
  let afterReturn = false;

  function endCell(): void {
    row.push(cell);
    if (row.length > COLUMN_LIMIT) throw fileTooLarge(path, `${COLUMN_LIMIT} columns`);
    cell = '';
    state = 'start';
  }

  function endRow(): string[] {
    endCell();
    const done = row;
    row = [];
    return done;
  }

  function* push(text: string): Iterable<string[]> {
    for (let i = 0; i < text.length; i++) {
      const char = text[i]!;
      if (state === 'quoted') {
        const quote = text.indexOf('"', i);
        const end = quote < 0 ? text.length : quote;
        cell += text.slice(i, end);
        if (cell.length > CELL_LIMIT) throw fileTooLarge(path, `${CELL_LIMIT} characters in a cell`);
        if (quote >= 0) state = 'quoteSeen';
        i = end;
        continue;
      }
      const followsReturn = afterReturn;
      afterReturn = false;
      if (char === '\n' && followsReturn) continue;
      if (char === '"' && state === 'quoteSeen') {
        cell += '"';
        state = 'quoted';
      } else if (char === '"' && state === 'start') state = 'quoted';
      else if (char === ',') endCell();
      else if (char === '\n' || char === '\r') {
        afterReturn = char === '\r';
        yield endRow();
      } else {
        const stop = nextStop(text, i);
        cell += text.slice(i, stop);
        if (cell.length > CELL_LIMIT) throw fileTooLarge(path, `${CELL_LIMIT} characters in a cell`);
        if (state === 'start') state = 'bare';
        i = stop - 1;
      }
    }
  }

  return {
    push,
    *end() {
      if (state !== 'start' || row.length > 0) yield endRow();
    },
  };
}

/** The next comma or line break at or after `from`. */
function nextStop(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 44 || code === 10 || code === 13) return i;
  }
  return text.length;
}
