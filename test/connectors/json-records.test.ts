import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJsonLines, readJsonRecords } from '../../connectors/json-records.ts';
import { createJsonScanner } from '../../connectors/json-scan.ts';
import { lineAt } from '../../connectors/raw-records.ts';

const read = (text: string, path = ['data', 'rows'], field = 'at') =>
  readJsonRecords(Buffer.from(text), path, field, 'here');

describe('the records of an answer', () => {
  test('are found in any document, however it is spaced', () => {
    const record = fc.dictionary(fc.oneof(fc.string({ unit: 'binary' }), fc.constant('at')), fc.jsonValue());
    fc.assert(
      fc.property(
        fc.array(record),
        fc.jsonValue(),
        fc.constantFrom(undefined, 1, 4, '\t', '\r\n'.slice(0, 1)),
        (records, other, indent) => {
          const document = { before: other, data: { other, rows: records, after: other }, rows: other };
          const text = JSON.stringify(document, null, indent);
          const found = read(text);
          const plain = JSON.parse(text);
          expect(found.records()).toEqual(plain.data.rows);
          expect(found.envelope).toEqual({ ...plain, data: { ...plain.data, rows: [] } });
          for (let i = 0; i < found.lines.count; i++) {
            const line = lineAt(found.lines, i).toString();
            expect(line.endsWith('\n') && line.indexOf('\n') === line.length - 1).toBe(true);
            const at = plain.data.rows[i].at;
            expect(found.fieldOf(i)).toBe(typeof at === 'string' ? at : undefined);
          }
        },
      ),
    );
  });

  test('keep their spelling', () => {
    const found = read('{"rows": [ {"n":1.10, "s":"\\u5f20"} ,\n{"n":1E2}]}', ['rows']);
    expect(found.lines.ndjson.toString()).toBe(' {"n":1.10, "s":"\\u5f20"} \n {"n":1E2}\n');
  });

  test.each([
    ['{"rows":{}}', ['rows']],
    ['{"a":{"rows":[{}]}}', ['rows']],
    ['{"data":[{"rows":[{}]}],"rows":2}', ['data', 'rows']],
    ['{"data":{},"rows":[{}]}', ['data', 'rows']],
    ['{"rows":[1]}', ['rows']],
    ['{"rows":[{},null]}', ['rows']],
    ['[]', ['rows']],
    ['1', ['rows']],
  ])('are missed in %s', (text, path) => {
    expect(() => read(text, path)).toThrow('connectors.answer.shape');
  });

  test.each([
    ['<html>', 'answer.html'],
    ['  <!DOCTYPE html>', 'answer.html'],
    ['{"rows":[{"a":1}', 'answer.json'],
    ['', 'answer.json'],
    ['{"rows":[{}]} x', 'answer.json'],
    [`${'['.repeat(5000)}${']'.repeat(5000)}`, 'answer.json'],
  ])('are refused in %j', (text, code) => {
    expect(() => read(text, ['rows'])).toThrow(`connectors.${code}`);
  });

  test('are refused when they are not UTF-8', () => {
    expect(() => readJsonRecords(Buffer.from([0x7b, 0x22, 0xd5, 0xc5]), ['rows'], 'at', 'here')).toThrow(
      'connectors.answer.encoding',
    );
  });
});

test('the scanner takes exactly what JSON.parse takes', () => {
  const accepts = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  const scans = (text: string) => {
    try {
      createJsonScanner(Buffer.from(text)).records(['a'], 'b');
      return true;
    } catch {
      return false;
    }
  };
  const token = fc.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '"\\n"',
      '"\\u12aF"',
      '"\\u12g4"',
      '"\\x"',
      '"\n"',
      '"',
      '0',
      '-0',
      '01',
      '-',
      '1.5',
      '1.',
      '.5',
      '1e5',
      '1e',
      '1E+2',
      'true',
      'tru',
      'false',
      'null',
      'nul',
      ' ',
      '\n',
      '\t',
      '\u00a0',
      '\ufeff',
    ],
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(token).map((tokens) => tokens.join('')),
        fc.json(),
        fc.string(),
      ),
      (text) => {
        expect([text, scans(text)]).toEqual([text, accepts(text)]);
      },
    ),
    { numRuns: 5000 },
  );
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.string({ maxLength: 1 }), (text, at, char) => {
      const broken = text.slice(0, at % (text.length + 1)) + char + text.slice((at % (text.length + 1)) + 1);
      expect([broken, scans(broken)]).toEqual([broken, accepts(broken)]);
    }),
    { numRuns: 5000 },
  );
});

describe('NDJSON', () => {
  test('is one object a line, the last newline may be missing', () => {
    expect(readJsonLines(Buffer.from('{"a":1}\n{"b":"x"}')).ndjson.toString()).toBe('{"a":1}\n{"b":"x"}\n');
    expect(readJsonLines(Buffer.from('{"a":1}\r\n{}\n')).count).toBe(2);
    expect(readJsonLines(Buffer.alloc(0)).count).toBe(0);
  });

  test.each(['1\n', '{"a":1}\n\n', '{"a":\n1}\n', '{"a":1} {}\n', '{"a":1}\n{"a"', '[]\n', 'x'])(
    'is not %j',
    (text) => {
      expect(() => readJsonLines(Buffer.from(text))).toThrow(SyntaxError);
    },
  );
});
