import { isUtf8 } from 'node:buffer';
import type { Json, JsonObject } from '../core/json.ts';
import { answerEncoding, answerHtml, answerNotJson, answerShape } from './errors.ts';
import { createJsonScanner } from './json-scan.ts';
import { isObject } from './json-shape.ts';
import { linesToRecords, type RecordLines } from './raw-records.ts';

/** The records of an answer, in its own bytes. */
export interface JsonRecords {
  readonly lines: RecordLines;
  /** The answer without its records: their array is empty. */
  readonly envelope: JsonObject;
  /** Text of a record's watched field; undefined when it is missing or no text. */
  fieldOf(index: number): string | undefined;
  /** The records as objects, parsed when asked for. */
  records(): readonly JsonObject[];
}

/**
 * Reads an answer whose records are the array at `path` (`['items']`, `['data', 'rows']`), without making objects of
 * them: the answer is checked to be UTF-8 and JSON, and its bytes become NDJSON in place (the separators between records
 * become newlines, line breaks between tokens spaces).
 *
 * Measured on 500-byte records: about 1 µs each, against 6–8 µs for parsing them and writing them again. And landing
 * keeps a record as the source spelled it, to the digit.
 *
 * @param field a field of the records to watch, for example their time of change
 * @throws FillOnceError `connectors.answer.encoding`, `.html`, `.json` or `.shape`
 */
export function readJsonRecords(body: Buffer, path: readonly string[], field: string, where: string): JsonRecords {
  if (!isUtf8(body)) throw answerEncoding(where, 'UTF-8');
  let found: ReturnType<ReturnType<typeof createJsonScanner>['records']>;
  let envelope: Json;
  try {
    found = createJsonScanner(body).records(path, field);
    envelope = JSON.parse(
      found === null ? 'null' : `${body.toString('utf8', 0, found.from)}${body.toString('utf8', found.to)}`,
    );
  } catch (error) {
    throw looksLikeHtml(body) ? answerHtml(where) : answerNotJson(where, error);
  }
  if (found === null || !isObject(envelope)) throw answerShape(where, path.join('.'), 'JSON object[]');
  const { from, to, starts, fields } = found;
  const count = starts.length - 1;
  const lines: RecordLines =
    count === 0
      ? { count, ndjson: Buffer.alloc(0), starts: [0] }
      : { count, ndjson: body.subarray(from, to + 1), starts };
  // The bracket that closed the array ends the last line.
  if (count > 0) body[to] = 0x0a;
  return {
    lines,
    envelope,
    fieldOf: (index) => {
      const start = fields[index * 2]!;
      return start < 0 ? undefined : (JSON.parse(body.toString('utf8', start, fields[index * 2 + 1]!)) as string);
    },
    records: () => linesToRecords(lines),
  };
}

/**
 * Checks NDJSON: every line one object. Answers the lines; the last one may lack its newline.
 *
 * @throws SyntaxError naming the line
 */
export function readJsonLines(text: Buffer): RecordLines {
  if (!isUtf8(text)) throw new SyntaxError('not UTF-8');
  const ndjson = text.length > 0 && text[text.length - 1] !== 0x0a ? Buffer.concat([text, Buffer.from('\n')]) : text;
  const starts = [0];
  const scanner = createJsonScanner(ndjson);
  while (starts.at(-1)! < ndjson.length) starts.push(scanner.line(starts.at(-1)!));
  return { count: starts.length - 1, ndjson, starts };
}

function looksLikeHtml(body: Buffer): boolean {
  return /^\s*</.test(body.toString('latin1', 0, 200));
}
