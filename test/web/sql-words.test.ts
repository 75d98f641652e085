import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SqlColumn, SqlMart, SqlSchema } from '../../web/api-types.ts';
import { likelyChart } from '../../web/sql/chart-choice.ts';
import { complete } from '../../web/sql/completion.ts';
import { markOf } from '../../web/sql/mark.ts';
import { boundValues, kindOf, typedOf } from '../../web/sql/parameters.ts';
import { comparedWith, countsRows, martsOf, meaningOf } from '../../web/sql/schema-words.ts';
import { fromFragment, toFragment } from '../../web/sql/share-link.ts';
import { parameterNames, placeOf, quoted, sqlTokens } from '../../web/sql/sql-tokens.ts';

function column(id: string, title: string, titleEn: string, type: SqlColumn['type']): SqlColumn {
  return {
    id,
    title,
    titleEn,
    type,
    unit: null,
    codes: null,
    check: null,
    sensitivity: 'internal',
    optional: false,
    masked: false,
    owner: null,
    sources: [],
    ttlDays: null,
    key: false,
    sqlType: 'VARCHAR',
    element: null,
  };
}

function mart(theme: SqlMart['theme'], name: string, title: string, columns: SqlColumn[]): SqlMart {
  return { table: `${theme}.${name}`, theme, name, title: { zh: title, en: name }, rows: 1, columns };
}

const SCHEMA: SqlSchema = {
  publicationId: 'pub',
  publishedAt: null,
  themes: [
    {
      theme: 'population',
      title: { zh: '人口', en: 'Population' },
      marts: [
        mart('population', 'person', '人员', [
          column('name', '姓名', 'Name', 'text'),
          column('age', '年龄', 'Age', 'integer'),
          column('birth_date', '出生日期', 'Born', 'date'),
        ]),
      ],
    },
    {
      theme: 'housing',
      title: { zh: '房屋', en: 'Housing' },
      marts: [mart('housing', 'dwelling', '房屋', [column('area_m2', '建筑面积', 'Area', 'decimal')])],
    },
  ],
  functions: ['count', 'sum'],
  limits: { statementCharacters: 1, screenRows: 1, exportRows: 1, pageRows: 1, timeMs: 1, memoryMb: 1 },
};

/** What is offered where the statement has `|`. */
function offered(text: string, asked = false): string[] {
  const caret = text.indexOf('|');
  const found = complete(text.replace('|', ''), caret, SCHEMA, { language: 'zh', asked });
  return found?.items.map(({ insert }) => insert) ?? [];
}

describe('a statement while it is typed', () => {
  it('is cut without losing a character, whatever is typed', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom("'", '"', '--', '/*', '$a', '\n', '::', '表'),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('');
        expect(
          sqlTokens(text)
            .map((token) => token.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });

  it('names its parameters once each, and none in literals and comments', () => {
    expect(parameterNames("SELECT $b, '$no' -- $no\n/* $no */ WHERE x = $a AND y = $b AND z = $B")).toEqual(['b', 'a']);
  });

  it('marks the word at which a problem stands, and the end when it stands after the end', () => {
    expect(markOf('SELECT nme FROM t', 7, null)).toEqual({ position: 7, length: 3 });
    expect(markOf('SELECT ', 7, null)).toEqual({ position: 5, length: 1 });
    expect(placeOf('SELECT\n  x', 9)).toEqual({ line: 2, column: 3 });
  });

  it('quotes names that need it', () => {
    expect([quoted('name'), quoted('date'), quoted('姓名'), quoted('a"b')]).toEqual([
      'name',
      '"date"',
      '"姓名"',
      '"a""b"',
    ]);
  });
});

describe('what is offered while a statement is typed', () => {
  it('is the columns of its tables first, by name or by Chinese title', () => {
    expect(offered('SELECT a| FROM population.person')[0]).toBe('age');
    expect(offered('SELECT 年| FROM population.person')).toEqual(['age']);
    expect(offered('SELECT ar| FROM population.person p JOIN housing.dwelling AS d ON true')[0]).toBe('area_m2');
  });

  it('is tables after FROM, columns after an alias, tables after a theme', () => {
    expect(offered('SELECT * FROM |', true)).toEqual(['population.person', 'housing.dwelling']);
    expect(offered('SELECT p.| FROM population.person p')).toEqual(['name', 'age', 'birth_date']);
    expect(offered('SELECT * FROM housing.|')).toEqual(['dwelling']);
  });

  it('is nothing in literals, comments and numbers, nor unasked where no word has begun', () => {
    expect(offered("SELECT 'a|' FROM population.person")).toEqual([]);
    expect(offered("SELECT 'a|")).toEqual([]);
    expect(offered('SELECT 1 -- a|')).toEqual([]);
    expect(offered('SELECT 1|')).toEqual([]);
    expect(offered('SELECT | FROM population.person')).toEqual([]);
    expect(offered('SELECT | FROM population.person', true)[0]).toBe('name');
  });
});

describe('the parameters of a statement', () => {
  const compared = (statement: string, name: string) =>
    comparedWith(sqlTokens(statement), name, martsOf(SCHEMA))?.id ?? null;

  it('take what the column takes that they are compared with', () => {
    const statement = 'SELECT 1 FROM population.person p WHERE p.age >= $least AND birth_date BETWEEN $from AND $to';
    expect(compared(statement, 'least')).toBe('age');
    expect(compared(statement, 'from')).toBe('birth_date');
    expect(compared(statement, 'to')).toBe('birth_date');
    expect(countsRows(sqlTokens('SELECT 1 LIMIT $n'), 'n')).toBe(true);
    expect(compared('SELECT $x FROM population.person', 'x')).toBeNull();
    expect(kindOf(SCHEMA.themes[0]!.marts[0]!.columns[1]!)).toBe('number');
  });

  it('are bound as what they are meant as, and not before they have a value', () => {
    const values = {
      n: { kind: 'number', text: '12.5' },
      bad: { kind: 'number', text: '12a' },
      long: { kind: 'number', text: ' 9007199254740993 ' },
      day: { kind: 'date', text: '2026-11-22' },
      yes: { kind: 'boolean', text: 'true' },
      nothing: { kind: 'null', text: 'x' },
      code: { kind: 'text', text: '007' },
    } as const;
    expect(boundValues(['n', 'bad', 'long', 'day', 'yes', 'nothing', 'code', 'untouched'], values)).toEqual({
      n: 12.5,
      long: '9007199254740993',
      day: '2026-11-22',
      yes: true,
      nothing: null,
      code: '007',
    });
    expect(boundValues(['CODE'], values)).toEqual({ CODE: '007' });
    expect([typedOf(3), typedOf('2026-01-01'), typedOf(null)].map(({ kind }) => kind)).toEqual([
      'number',
      'date',
      'null',
    ]);
  });
});

describe('a link to a statement', () => {
  it('brings it back with its values, whatever they hold, and a broken one brings nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (statement, value) => {
        const shared = { statement, parameters: { value, n: 3 } };
        expect(fromFragment(`#${toFragment(shared)}`)).toEqual(shared);
      }),
    );
    expect(fromFragment('#s=%%%')).toBeNull();
    expect(fromFragment('#s=abc')).toBeNull();
    expect(fromFragment('')).toBeNull();
  });
});

describe('a result', () => {
  it('is drawn as numbers over the first column that is none; days as a line', () => {
    const of = (...types: ('text' | 'integer' | 'date')[]) =>
      likelyChart(types.map((type, i) => ({ name: `c${i}`, sqlType: '', type })));
    expect(of('integer', 'text', 'integer')).toEqual({ kind: 'bar', x: 1, y: [0, 2] });
    expect(of('date', 'integer')).toEqual({ kind: 'line', x: 0, y: [1] });
    expect(of('text', 'text')).toBeNull();
  });

  it('has the titles of the columns that it takes from a table', () => {
    const statement = 'SELECT age, count(*) AS n FROM population.person GROUP BY age';
    expect(meaningOf('age', statement, martsOf(SCHEMA), 'zh')).toBe('年龄');
    expect(meaningOf('n', statement, martsOf(SCHEMA), 'zh')).toBeNull();
  });
});
