import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../templates/xlsx/limits.ts';
import { plainXml } from '../../../templates/xlsx/plain-xml.ts';
import { readSharedStrings } from '../../../templates/xlsx/shared-strings.ts';
import { createSheetScan } from '../../../templates/xlsx/sheet-scan.ts';
import type { ZipArchive } from '../../../templates/xlsx/zip-read.ts';

const limits = DEFAULT_LIMITS;

function sliced(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length]!;
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

async function* stream(pieces: readonly Buffer[]) {
  yield* pieces;
}

async function scan(xml: string, lengths: readonly number[]) {
  const strings = { count: 2, get: (index: number) => ['北京市朝阳区', '𠮷野'][index]! };
  const sheet = createSheetScan({
    part: 'sheet',
    limits,
    strings,
    dateStyles: new Uint8Array(1),
    date1904: false,
    countCells: () => {},
  });
  const rows: unknown[] = [];
  for await (const piece of plainXml('sheet', stream(sliced(Buffer.from(xml), lengths)))) {
    for (const { number, values, formulas } of sheet.push(piece)) rows.push([number, values, [...(formulas ?? [])]]);
  }
  sheet.finish();
  return { rows, tail: sheet.tail!.toString() };
}

const SHEET = `<?xml version="1.0" encoding="UTF-8"?>\r\n<worksheet><!-- 头 --><cols><col min="1" max="2"/></cols><sheetData><row r="1" spans="1:3"><c r="A1" t="inlineStr"><is><t>和平街道办事处</t></is></c><c r="B1" t="s"><v>1</v></c><c r="C1"><v>-12.5</v></c></row><row r="3" hidden="1"><c r="B3" t="str"><f>"甲"&amp;"乙"</f><v>甲乙</v></c><c r="C3" t="s"><v>0</v></c><!-- 𠮷 --><c r="D3" t="inlineStr"><is><t><![CDATA[丙<丁>]]></t></is></c></row><row r="4"/><row r="5"><c r="A5" s="0"/><c r="B5" t="e"><v>#DIV/0!</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells></worksheet>`;

describe('a sheet cut into pieces at any byte', () => {
  it('gives the same rows, and no character is damaged', async () => {
    const whole = await scan(SHEET, [1_000_000]);
    expect(whole.rows).toEqual([
      [1, ['和平街道办事处', '𠮷野', -12.5], []],
      [3, [undefined, '甲乙', '北京市朝阳区', '丙<丁>'], [[1, '"甲"&"乙"']]],
      [4, [], []],
      [5, [null, { error: '#DIV/0!' }], []],
    ]);
    expect(whole.tail).toContain('A1:B1');
    for (const length of [1, 2, 3, 5, 7, 11]) expect(await scan(SHEET, [length])).toEqual(whole);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 9 }), async (lengths) => {
        expect(await scan(SHEET, lengths)).toEqual(whole);
      }),
    );
  });
});

describe('shared strings cut into pieces at any byte', () => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'一二三中华人民𠮷ab é'), maxLength: 30 }),
    fc.constant('长'.repeat(500)),
  );

  it('come out whole, in whatever order they are asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 1, maxLength: 200 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(), { maxLength: 50 }),
        fc.constantFrom('', 'x:'),
        async (texts, lengths, order, prefix) => {
          const items = texts.map((item, i) =>
            i % 5 === 4
              ? `<${prefix}si><${prefix}r><${prefix}t xml:space="preserve">${item}</${prefix}t></${prefix}r></${prefix}si>`
              : `<${prefix}si><${prefix}t>${item}</${prefix}t></${prefix}si>`,
          );
          const xml = Buffer.from(`<?xml version="1.0"?><${prefix}sst count="9">${items.join('\n')}</${prefix}sst>`);
          const zip = { stream: () => stream(sliced(xml, lengths)) } as unknown as ZipArchive;
          const strings = await readSharedStrings(zip, 'strings', limits);
          expect(strings.count).toBe(texts.length);
          for (const wish of order) expect(strings.get(wish % texts.length)).toBe(texts[wish % texts.length]);
          expect(texts.map((_, index) => strings.get(index))).toEqual(texts);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('of many slabs keep their order', async () => {
    const texts = Array.from({ length: 120_000 }, (_, i) => `字符串${i}-${'填'.repeat(i % 13)}`);
    const xml = Buffer.from(`<sst>${texts.map((item) => `<si><t>${item}</t></si>`).join('')}</sst>`);
    const zip = { stream: () => stream(sliced(xml, [262_144])) } as unknown as ZipArchive;
    const strings = await readSharedStrings(zip, 'strings', limits);
    expect(texts.findIndex((item, index) => strings.get(index) !== item)).toBe(-1);
    for (let index = texts.length - 1; index >= 0; index -= 997) expect(strings.get(index)).toBe(texts[index]);
  });
});
