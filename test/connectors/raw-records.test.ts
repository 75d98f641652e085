import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineAt, linesOf, pickLines, sliceRecords } from '../../connectors/raw-records.ts';

test('slices the records of any document, however it is spaced', () => {
  const record = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(fc.array(record), fc.jsonValue(), fc.constantFrom(undefined, 1, 4, '\t'), (records, other, indent) => {
      const body = Buffer.from(
        JSON.stringify({ before: other, data: { other, rows: records, after: other } }, null, indent),
      );
      const lines = sliceRecords(body, ['data', 'rows']);
      expect(lines?.count).toBe(records.length);
      const texts = Array.from({ length: records.length }, (_, i) => lineAt(lines!, i).toString());
      expect(texts.every((text) => text.endsWith('\n') && text.indexOf('\n') === text.length - 1)).toBe(true);
      expect(texts.map((text) => JSON.parse(text))).toEqual(JSON.parse(JSON.stringify(records)));
    }),
  );
});

test('finds no array where there is none', () => {
  const of = (text: string, ...path: string[]) => sliceRecords(Buffer.from(text), path);
  expect(of('{"rows":{}}', 'rows')).toBe(null);
  expect(of('{"a":{"rows":[1]}}', 'rows')).toBe(null);
  expect(of('{"data":[{"rows":[1]}],"rows":2}', 'data', 'rows')).toBe(null);
  expect(of('{"data":{},"rows":[1]}', 'data', 'rows')).toBe(null);
  expect(of('{"rows":"rows"}', 'rows')).toBe(null);
  expect(of('[]', 'rows')).toBe(null);
});

test('picks lines', () => {
  const lines = linesOf(['{"a":"张"}', '{"a":2}', '{"a":3}']);
  expect(pickLines(lines, (_, i) => i !== 1).ndjson.toString()).toBe('{"a":"张"}\n{"a":3}\n');
  expect(pickLines(lines, () => true)).toBe(lines);
});
