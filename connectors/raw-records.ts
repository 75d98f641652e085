import type { Json, JsonObject } from '../core/json.ts';
import type { Page, RawRecords } from './connector.ts';

/** Records of an answer, each on its own line, with where the lines start. */
export interface RecordLines extends RawRecords {
  readonly ndjson: Buffer;
  /** Offset of each line, and the length of all: line `i` is `starts[i]` to `starts[i + 1]`. */
  readonly starts: readonly number[];
}

const NEWLINE = 0x0a;

/** A page of lines; its records are parsed when somebody asks for them. */
export function rawPage(lines: RecordLines, cursor: Json): Page {
  return {
    get records() {
      return linesToRecords(lines);
    },
    raw: lines,
    cursor,
  };
}

/** Parses lines that are known to be valid. */
export function linesToRecords(lines: RecordLines): JsonObject[] {
  return Array.from({ length: lines.count }, (_, i) => JSON.parse(lineAt(lines, i).toString()) as JsonObject);
}

/** Only the lines that `keep` says; the same object when all are kept. */
export function pickLines(lines: RecordLines, keep: (line: Buffer, index: number) => boolean): RecordLines {
  const kept: Buffer[] = [];
  const starts = [0];
  let bytes = 0;
  for (let i = 0; i < lines.count; i++) {
    const line = lineAt(lines, i);
    if (!keep(line, i)) continue;
    kept.push(line);
    bytes += line.length;
    starts.push(bytes);
  }
  if (kept.length === lines.count) return lines;
  return { count: kept.length, ndjson: Buffer.concat(kept, bytes), starts };
}

export function lineAt(lines: RecordLines, index: number): Buffer {
  return lines.ndjson.subarray(lines.starts[index]!, lines.starts[index + 1]!);
}

/** Lines from texts, none of which holds a newline of its own. */
export function linesOf(texts: readonly string[]): RecordLines {
  const starts = [0];
  let bytes = 0;
  for (const text of texts) {
    bytes += Buffer.byteLength(text) + 1;
    starts.push(bytes);
  }
  const ndjson = Buffer.allocUnsafe(bytes);
  for (const [i, text] of texts.entries()) {
    ndjson.write(text, starts[i]!);
    ndjson[starts[i + 1]! - 1] = NEWLINE;
  }
  return { count: texts.length, ndjson, starts };
}
