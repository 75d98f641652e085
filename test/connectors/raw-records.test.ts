import { expect, test } from 'vitest';
import { linesOf, pickLines } from '../../connectors/raw-records.ts';

test('picks lines', () => {
  const lines = linesOf(['{"a":"张"}', '{"a":2}', '{"a":3}']);
  expect(pickLines(lines, (_, i) => i !== 1).ndjson.toString()).toBe('{"a":"张"}\n{"a":3}\n');
  expect(pickLines(lines, () => true)).toBe(lines);
});
