import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspectWorkbook, type XlsxLimits } from '../../../templates/xlsx/index.ts';
import { createZipWriter } from '../../../templates/xlsx/zip-write.ts';
import { collector } from './collect.ts';
import { packageBytes, type WorkbookText, workbookBytes, workbookParts } from './workbook-bytes.ts';

const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

async function refusedFor(rule: string, bytes: Uint8Array, limits: Partial<XlsxLimits> = {}, part?: string) {
  const outcome = await inspectWorkbook(bytes, { limits }).then(
    () => 'accepted',
    (error: unknown) => error,
  );
  expect(outcome).toMatchObject({ code: `templates.xlsx.${rule}`, details: { rule, ...(part ? { part } : {}) } });
  const { text } = outcome as { text: { zh: string; en: string } };
  expect(text.zh).toMatch(/\p{Script=Han}/u);
  expect(text.en).toMatch(/[a-z]/);
}

const refusedText = async (rule: string, text: WorkbookText, limits?: Partial<XlsxLimits>, part?: string) =>
  refusedFor(rule, await workbookBytes(text), limits, part);

/** Finds the central directory record of an entry. */
function centralOf(bytes: Buffer, name: string): number {
  for (let at = bytes.length - 22; at >= 0; at--) {
    if (bytes.readUInt32LE(at) !== 0x02014b50) continue;
    if (bytes.toString('utf8', at + 46, at + 46 + bytes.readUInt16LE(at + 28)) === name) return at;
  }
  throw new Error(`no entry ${name}`);
}

const localOf = (bytes: Buffer, name: string): number => bytes.readUInt32LE(centralOf(bytes, name) + 42);
const SHEET = 'xl/worksheets/sheet1.xml';

describe('a file that is no workbook', () => {
  it('is refused by what it is', async () => {
    await refusedFor('truncated', Buffer.alloc(0));
    await refusedFor('notZip', Buffer.from('序号,姓名\n1,王伟\n'.repeat(5)));
    await refusedFor('oldFormat', Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(1000)]));
    await refusedFor('format', await packageBytes({ 'word/document.xml': '<w/>', '[Content_Types].xml': '<Types/>' }));
    await refusedFor('missingPart', await packageBytes({ 'a.txt': 'a' }), {}, '[Content_Types].xml');
    await refusedText('missingPart', { parts: { '_rels/.rels': '<Relationships/>' } });
  });

  it('is refused when cut off anywhere', async () => {
    const whole = await workbookBytes({ rows: '<row><c><v>1</v></c></row>' });
    for (let length = 0; length < whole.length; length += 37) {
      await expect(inspectWorkbook(whole.subarray(0, length))).rejects.toMatchObject({ name: 'FillOnceError' });
    }
  });

  it('is refused with any byte changed, or read as before', async () => {
    const whole = await workbookBytes({ strings: '<si><t>甲</t></si>', rows: '<row><c t="s"><v>0</v></c></row>' });
    const before = JSON.stringify(await inspectWorkbook(whole));
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 0x55;
      const outcome = await inspectWorkbook(bytes).then(JSON.stringify, (error: Error) => error.name);
      expect([before, 'FillOnceError']).toContain(outcome);
    }
  });
});

describe('a package that lies', () => {
  const changed = async (change: (bytes: Buffer) => void, text: WorkbookText = {}) => {
    const bytes = await workbookBytes(text);
    change(bytes);
    return bytes;
  };

  it('about sizes is refused', async () => {
    const rows = '<row><c><v>1</v></c></row>'.repeat(3_000);
    const shrink = (bytes: Buffer) => {
      bytes.writeUInt32LE(1_000, centralOf(bytes, SHEET) + 24);
      bytes.writeUInt32LE(1_000, localOf(bytes, SHEET) + 22);
    };
    await refusedFor('size', await changed(shrink, { rows }), {}, SHEET);
    const grow = (bytes: Buffer) => {
      bytes.writeUInt32LE(900_000, centralOf(bytes, SHEET) + 24);
      bytes.writeUInt32LE(900_000, localOf(bytes, SHEET) + 22);
    };
    await refusedFor('size', await changed(grow, { rows }), {}, SHEET);
    await refusedFor(
      'header',
      await changed((bytes) => bytes.writeUInt32LE(1_000, localOf(bytes, SHEET) + 22)),
      {},
      SHEET,
    );
  });

  it('about checksums, methods, names or offsets is refused', async () => {
    await refusedFor(
      'checksum',
      await changed((bytes) => {
        bytes.writeUInt32LE(7, centralOf(bytes, SHEET) + 16);
        bytes.writeUInt32LE(7, localOf(bytes, SHEET) + 14);
      }),
      {},
      SHEET,
    );
    await refusedFor(
      'method',
      await changed((bytes) => bytes.writeUInt16LE(14, centralOf(bytes, SHEET) + 10)),
      {},
      SHEET,
    );
    await refusedFor('header', await changed((bytes) => bytes.write('Y', localOf(bytes, SHEET) + 30)), {}, SHEET);
    await refusedFor(
      'overlap',
      await changed((bytes) => bytes.writeUInt32LE(localOf(bytes, 'xl/workbook.xml'), centralOf(bytes, SHEET) + 42)),
    );
  });

  it('by entries that overlap, as in a quine or a better zip bomb, is refused', async () => {
    const inner = deflateRawSync(Buffer.alloc(100_000, 'a'));
    const bytes = await packageBytes({ ...workbookParts(), 'xl/media/a.bin': inner, 'xl/media/b.bin': inner });
    const first = localOf(bytes, 'xl/media/a.bin');
    const central = centralOf(bytes, 'xl/media/b.bin');
    bytes.writeUInt32LE(first + 1, central + 42);
    await refusedFor('overlap', bytes);
  });

  it('by an encrypted entry is refused', async () => {
    await refusedFor(
      'encrypted',
      await changed((bytes) => bytes.writeUInt16LE(1, centralOf(bytes, SHEET) + 8)),
      {},
      SHEET,
    );
  });

  it.each([
    '../evil.xml',
    '/etc/passwd',
    '..\\a.xml',
    'C:/a.xml',
    'xl/./a.xml',
    'xl//a.xml',
    'xl/a\u0000.xml',
    'xl/../../a',
  ])('by the entry name %j is refused', async (name) =>
    refusedFor('entryName', await packageBytes({ ...workbookParts(), [name]: 'x' })),
  );

  it('by two entries of one name, in whatever case, is refused', async () => {
    const sink = collector();
    const zip = createZipWriter(sink.stream);
    for (const name of ['a.xml', 'b.xml', 'A.XML']) await zip.addBytes(name, name);
    await zip.finish();
    await refusedFor('duplicate', sink.bytes(), {}, 'A.XML');
  });

  it('by a target outside of the package is refused', async () => {
    await refusedText('entryName', {
      relations: `<Relationship Id="r9" Type="${OFFICE}/theme" Target="../../../x.xml"/>`,
    });
  });
});

describe('a bomb', () => {
  it('is refused before it goes off: by ratio, by total, by entries, by size', async () => {
    const blank = `<worksheet>${' '.repeat(40_000_000)}<sheetData/></worksheet>`;
    await refusedText('ratio', { sheet: blank }, {}, SHEET);
    await refusedText('inflated', { sheet: blank }, { ratio: 1e6, inflatedBytes: 1_000_000 });
    const many = Object.fromEntries(Array.from({ length: 2_100 }, (_, i) => [`m/${i}`, '']));
    await refusedFor('entries', await packageBytes({ ...workbookParts(), ...many }));
    await refusedText('fileSize', {}, { fileBytes: 100 });
  });

  it('whose directory hides its size goes no further than declared', async () => {
    const bytes = await workbookBytes({ sheet: `<worksheet>${' '.repeat(40_000_000)}<sheetData/></worksheet>` });
    bytes.writeUInt32LE(900_000, centralOf(bytes, SHEET) + 24);
    bytes.writeUInt32LE(900_000, localOf(bytes, SHEET) + 22);
    await refusedFor('size', bytes, {}, SHEET);
  });
});

describe('markup that is made to harm', () => {
  it.each(['xl/workbook.xml', SHEET, 'xl/sharedStrings.xml', 'xl/styles.xml', '[Content_Types].xml', '_rels/.rels'])(
    'a DOCTYPE in %s is refused',
    async (part) => {
      const parts = workbookParts({
        strings: '<si><t>a</t></si>',
        styles: '',
        rows: '<row><c t="s"><v>0</v></c></row>',
      });
      const laughs = `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>${parts[part]}`;
      await refusedFor('doctype', await packageBytes({ ...parts, [part]: laughs }), {}, part);
    },
  );

  it('unknown entities, wrong encodings and broken tags are refused', async () => {
    const cell = (inner: string) => ({ rows: `<row r="1"><c r="A1" t="inlineStr"><is><t>${inner}</t></is></c></row>` });
    await refusedText('xml', cell('&xxe;'));
    await refusedText('xml', cell('&#0;'));
    await refusedText('xml', { rows: '<row r="1"><c r="A1"><v>1</v>' });
    await refusedText('xml', { rows: '<row r="1"><c r="A1"><v>zehn</v></c></row>' });
    await refusedText('xml', { rows: '<row r="1"><c s="1><v>1</v></c></row>' });
    await refusedText('xml', { sheet: '<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row>' });
    await refusedText('xml', { sheet: '<worksheet></worksheet>' });
    const utf16 = Buffer.concat([
      Buffer.from([0xff, 0xfe]),
      Buffer.from('<worksheet><sheetData/></worksheet>', 'utf16le'),
    ]);
    await refusedText('encoding', { parts: { [SHEET]: utf16 } });
    await refusedText('encoding', { parts: { 'xl/workbook.xml': '<?xml version="1.0" encoding="GBK"?><workbook/>' } });
  });

  it('a comment between every two cells is refused; CDATA in every cell is text', async () => {
    const cells = (inner: string, count: number) => ({ rows: `<row r="1">${inner.repeat(count)}</row>` });
    await refusedText('xml', cells('<c/><!--x-->', 10_001));
    const report = await inspectWorkbook(
      await workbookBytes(cells('<c t="inlineStr"><is><t><![CDATA[a<b]]></t></is></c>', 16_000)),
    );
    expect(report.sheets[0]).toMatchObject({ rows: 1, cells: 16_000 });
  });

  it('deep nesting is refused, in trees and in cells', async () => {
    const deep = '<a>'.repeat(5_000) + '</a>'.repeat(5_000);
    await refusedText('depth', { workbook: deep });
    await refusedText('depth', { rows: `<row r="1"><c r="A1">${deep}<v>1</v></c></row>` });
  });

  it('a name like __proto__ is only a name', async () => {
    const bytes = await workbookBytes({
      workbook:
        '<definedNames><definedName name="__proto__">1</definedName><definedName name="constructor">2</definedName></definedNames>',
      styles:
        '<numFmts><numFmt numFmtId="200" formatCode="__proto__"/></numFmts><cellXfs><xf numFmtId="200" __proto__="1"/></cellXfs>',
    });
    expect((await inspectWorkbook(bytes)).definedNames).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('markup damaged at random', () => {
  const whole = workbookParts({
    strings:
      '<si><t>甲&amp;乙</t></si><si><r><t xml:space="preserve"> 丙</t></r><rPh sb="0" eb="1"><t>b</t></rPh></si>',
    styles:
      '<numFmts><numFmt numFmtId="200" formatCode="yyyy&quot;年&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="200"/></cellXfs>',
    workbook:
      '<workbookPr date1904="1"/><definedNames><definedName name="n" localSheetId="0">表!$A$1</definedName></definedNames>',
    sheet:
      '<worksheet><dimension ref="A1:C2"/><cols><col min="1" max="2" width="9.5"/></cols><sheetData><row r="1" spans="1:3"><c r="A1" t="s"><v>1</v></c><c r="B1" s="1"><v>40000.5</v></c></row><row r="2" hidden="1"><c r="A2" t="inlineStr"><is><t>丁</t></is></c><c r="C2" t="b"><f>A1&gt;1</f><v>1</v></c></row></sheetData><mergeCells count="1"><mergeCell ref="A1:B2"/></mergeCells><dataValidations><dataValidation type="list" sqref="A1"><formula1>"a,b"</formula1></dataValidation></dataValidations></worksheet>',
  });
  const marked = Object.keys(whole).filter((name) => name.startsWith('xl/'));
  const scrap = fc.oneof(
    fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '/',
      '&',
      '</',
      '/>',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<!',
      '<?',
      '<c',
      '<row',
      '</row>',
      '</sheetData>',
      '<v>',
      '<t>',
      '</si>',
      '&#',
      '=',
      '\0',
      '\uFEFF',
    ),
    fc.string({ unit: 'binary', maxLength: 5 }),
  );
  const wound = fc.record({ part: fc.constantFrom(...marked), at: fc.nat(1_200), cut: fc.nat(12), put: scrap });

  it('is refused in words or read, and never more', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(wound, { minLength: 1, maxLength: 4 }), async (wounds) => {
        const parts: Record<string, string | Buffer> = { ...whole };
        for (const { part, at, cut, put } of wounds) {
          const text = String(parts[part]);
          const place = at % (text.length + 1);
          parts[part] = text.slice(0, place) + put + text.slice(place + cut);
        }
        const outcome = await inspectWorkbook(await packageBytes(parts, 0)).then(
          () => 'accepted',
          (error: Error) => (error.name === 'FillOnceError' ? 'refused' : error),
        );
        expect(['accepted', 'refused']).toContain(outcome);
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 1_000) },
    );
  });
});

describe('cells that are made to harm', () => {
  const row = (cells: string, number = 1) => ({ rows: `<row r="${number}">${cells}</row>` });

  it('outside of the sheet, out of order or in the wrong row are refused', async () => {
    await refusedText('reference', row('<c r="XFE1"><v>1</v></c>'));
    await refusedText('reference', row('<c r="A1"><v>1</v></c>', 1_048_577));
    await refusedText('reference', row('<c r="A9"><v>1</v></c>'));
    await refusedText('reference', row('<c/>'.repeat(16_385)));
    await refusedText('reference', { rows: '<row r="2"/><row r="1"/>' });
    await refusedText('reference', { rows: '<row r="1"/><row r="1"/>' });
    await refusedText('reference', {
      sheet: '<worksheet><cols><col min="1" max="99999"/></cols><sheetData/></worksheet>',
    });
  });

  it('that point to no shared string are refused', async () => {
    const strings = '<si><t>a</t></si>';
    for (const index of ['1', '99999999999', '-1', '', 'x']) {
      await refusedText('sharedStringIndex', { strings, ...row(`<c r="A1" t="s"><v>${index}</v></c>`) });
    }
  });

  it('that are too many, too long or too large are refused', async () => {
    const long = 'x'.repeat(32_768);
    await refusedText('text', row(`<c r="A1" t="inlineStr"><is><t>${long}</t></is></c>`));
    await refusedText('text', { strings: `<si><t>${long}</t></si>`, ...row('<c r="A1" t="s"><v>0</v></c>') });
    await refusedText('cells', row('<c><v>1</v></c>'.repeat(11)), { cells: 10 });
    await refusedText('row', row('<c><v>1</v></c>           '.repeat(12_000)), { rowBytes: 100_000 });
    await refusedText('sharedStrings', { strings: '<si><t>a</t></si>'.repeat(11), ...row('') }, { sharedStrings: 10 });
  });

  it('in rows and texts of megabytes are read whole', async () => {
    const wide = `<row r="1">${Array.from({ length: 150 }, (_, i) => `<c t="inlineStr"><is><t>${String(i).repeat(8_000)}</t></is></c>`).join('')}</row><row r="2"><c><v>7</v></c></row>`;
    const report = await inspectWorkbook(await workbookBytes({ rows: wide }), { limits: { ratio: 1e6 } });
    expect(report.sheets[0]).toMatchObject({ rows: 2, cells: 151 });
    const runs = `<si>${`<r><rPr><sz val="9"/></rPr><t>甲</t></r>`.repeat(20_000)}</si><si><t>乙</t></si>`;
    const rich = await inspectWorkbook(
      await workbookBytes({ strings: runs, rows: '<row r="1"><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>' }),
      { limits: { ratio: 1e6 } },
    );
    expect(rich.sheets[0]).toMatchObject({ rows: 1, cells: 2 });
  });

  it('at the far end of every row are refused once their rows are too wide in all', async () => {
    const far = Array.from({ length: 10_000 }, (_, i) => `<row r="${i + 1}"><c r="XFD${i + 1}"><v>${i}</v></c></row>`);
    await refusedText('width', { rows: far.join('') });
    const report = await inspectWorkbook(await workbookBytes({ rows: far.slice(0, 1_000).join('') }));
    expect(report.sheets[0]).toMatchObject({ rows: 1_000, cells: 1_000 });
  });

  it('with 100,000 merges are refused; one merge over the whole sheet costs nothing', async () => {
    const merges = (refs: string[]) => ({
      sheet: `<worksheet><sheetData/><mergeCells>${refs.map((ref) => `<mergeCell ref="${ref}"/>`).join('')}</mergeCells></worksheet>`,
    });
    await refusedText('merges', merges(Array.from({ length: 100_000 }, (_, i) => `A${i + 1}:B${i + 1}`)), {
      ratio: 1e6,
    });
    await refusedText('reference', merges(['A1:XFE9']));
    const huge = await inspectWorkbook(await workbookBytes(merges(['A1:XFD1048576'])));
    expect(huge.sheets[0]).toMatchObject({ merges: 1, cells: 0 });
  });

  it('whose formula calls a program are refused; other formulas are told, not run', async () => {
    await refusedText('dde', row(`<c r="A1"><f>cmd|'/c calc'!A0</f><v>0</v></c>`));
    const report = await inspectWorkbook(
      await workbookBytes(row(`<c r="B1"><f>IF(A1="a|b",1,'x|y'!C1)</f><v>0</v></c>`)),
    );
    expect(report.sheets[0]).toMatchObject({ formulas: 1, formulaCells: ['B1'] });
  });
});

describe('a workbook that brings more than cells', () => {
  const related = (type: string, target: string) =>
    `<Relationship Id="rId9" Type="${OFFICE}/${type}" Target="${target}"/>`;

  it.each([
    ['macro', { parts: { 'xl/vbaProject.bin': 'x' } }],
    ['macro', { relations: related('vbaProject', 'hidden.bin') }],
    [
      'macro',
      {
        types:
          '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/>',
      },
    ],
    ['macro', { relations: related('xlMacrosheet', 'macrosheets/sheet1.xml') }],
    ['macro', { workbook: '<definedNames><definedName name="_xlnm.Auto_Open">表!$A$1</definedName></definedNames>' }],
    ['embedded', { parts: { 'xl/embeddings/oleObject1.bin': 'x' } }],
    ['embedded', { parts: { 'xl/activeX/activeX1.xml': '<x/>' } }],
    [
      'embedded',
      {
        parts: {
          'xl/worksheets/_rels/sheet1.xml.rels': `<Relationships>${related('oleObject', '../o.bin')}</Relationships>`,
        },
      },
    ],
    ['connection', { parts: { 'xl/connections.xml': '<connections/>' } }],
    [
      'connection',
      {
        parts: {
          'xl/worksheets/_rels/sheet1.xml.rels': `<Relationships>${related('queryTable', '../q.xml')}</Relationships>`,
        },
      },
    ],
    [
      'dde',
      {
        relations: related('externalLink', 'externalLinks/e1.xml'),
        parts: {
          'xl/externalLinks/e1.xml': '<externalLink><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>',
        },
      },
    ],
    ['format', { parts: { 'xl/workbook.bin': 'x' } }],
  ] as [string, WorkbookText][])('%s: refused', async (rule, text) => refusedText(rule, text));

  it('a link to another workbook passes', async () => {
    const report = await inspectWorkbook(
      await workbookBytes({
        relations: related('externalLink', 'externalLinks/e1.xml'),
        parts: { 'xl/externalLinks/e1.xml': '<externalLink><externalBook/></externalLink>' },
      }),
    );
    expect(report.sheets).toHaveLength(1);
  });
});
