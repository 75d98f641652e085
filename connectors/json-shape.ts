import type { Json, JsonObject } from '../core/json.ts';
import { answerShape } from './errors.ts';
import type { RecordLines } from './raw-records.ts';

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The array of objects at a path of an answer.
 *
 * @throws FillOnceError `connectors.answer.shape`
 */
export function recordsAt(answer: Json, path: readonly string[], where: string): readonly JsonObject[] {
  let value: Json | undefined = answer;
  for (const key of path) value = isObject(value) ? value[key] : undefined;
  if (!Array.isArray(value) || !value.every(isObject)) throw answerShape(where, path.join('.'), 'JSON object[]');
  return value;
}

/** Parses NDJSON lines that are known to be valid. */
export function linesToRecords(lines: RecordLines): JsonObject[] {
  if (lines.count === 0) return [];
  const texts = lines.ndjson.toString().trimEnd().split('\n');
  return texts.map((line) => JSON.parse(line) as JsonObject);
}
