import { createZipWriter } from '../templates/xlsx/zip-write.ts';

type Parts = Readonly<Record<string, string | Buffer>>;

const SHEET = 'xl/s.xml';
const inSheet = (rows: string, after = ''): Parts => ({
  [SHEET]: `<worksheet><sheetData>${rows}</sheetData>${after}</worksheet>`,
});
const repeated = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join('');

/**
 * Files made to harm whoever opens them, by what they try. Each is made when it is asked for: some are large before
 * they are compressed.
 */
export const HOSTILE_FILES: Readonly<Record<string, (file: string) => Promise<void>>> = {
  'zip bomb, 1000:1': (file) =>
    write(file, { [SHEET]: `<worksheet>${' '.repeat(100_000_000)}<sheetData/></worksheet>` }),
  'flat bomb, 160:1, 1.9 GB': (file) => write(file, inSheet(''), flatBomb),
  'bomb in a part nobody reads': (file) => write(file, { ...inSheet(''), 'xl/media/a.bin': Buffer.alloc(80_000_000) }),
  '2,100 entries': (file) =>
    write(file, { ...inSheet(''), ...Object.fromEntries(Array.from({ length: 2_100 }, (_, i) => [`m/${i}`, ''])) }),
  'two entries of one name': (file) => write(file, { ...inSheet(''), 'xl/S.XML': '' }),
  'a name that climbs out': (file) => write(file, { ...inSheet(''), '../evil.xml': 'x' }),
  'cell in column XFD of every row': (file) =>
    write(file, inSheet(repeated(200_000, (i) => `<row r="${i + 1}"><c r="XFD${i + 1}"><v>${i * 7919}</v></c></row>`))),
  '100,000 merges': (file) =>
    write(
      file,
      inSheet('', `<mergeCells>${repeated(100_000, (i) => `<mergeCell ref="A${i + 1}:B${i + 1}"/>`)}</mergeCells>`),
    ),
  'entities that multiply': (file) =>
    write(file, {
      [SHEET]: `<!DOCTYPE x [<!ENTITY a "ha">${repeated(20, (i) => `<!ENTITY a${i} "&a;&a;&a;&a;">`)}]><worksheet/>`,
    }),
  '200,000 elements deep': (file) => write(file, inSheet(`<row r="1"><c r="A1">${'<a>'.repeat(200_000)}</c></row>`)),
  'one row of 100 MB': (file) =>
    write(file, inSheet(`<row r="1">${repeated(3_000_000, (i) => `<c><v>${(i * 7919) % 1e6}</v></c>`)}</row>`)),
  'one text of 60 MB': (file) =>
    write(file, inSheet(`<row r="1"><c r="A1" t="inlineStr"><is><t>${varied(60_000_000)}</t></is></c></row>`)),
  'a million comments between cells': (file) =>
    write(file, inSheet(`<row r="1">${repeated(1_000_000, (i) => `<c s="${i % 7}"/><!--${i}-->`)}</row>`)),
  'row 99,999,999': (file) => write(file, inSheet('<row r="99999999"><c><v>1</v></c></row>')),
  '100,000 styles': (file) =>
    write(file, {
      ...inSheet(''),
      'xl/styles.xml': `<styleSheet><cellXfs>${repeated(100_000, (i) => `<xf numFmtId="${(i * 7919) % 99_991}"/>`)}</cellXfs></styleSheet>`,
      'xl/_rels/workbook.xml.rels': `<Relationships>${relation('r1', 'worksheet', 's.xml')}${relation('r2', 'styles', 'styles.xml')}</Relationships>`,
    }),
  'a formula that calls a program': (file) =>
    write(file, inSheet(`<row r="1"><c r="A1"><f>cmd|'/c calc'!A0</f><v>0</v></c></row>`)),
  macros: (file) => write(file, { ...inSheet(''), 'xl/vbaProject.bin': 'x' }),
};

function relation(id: string, type: string, target: string): string {
  return `<Relationship Id="${id}" Type="x/${type}" Target="${target}"/>`;
}

/** Text that does not shrink to nothing. */
function varied(length: number): string {
  const block = repeated(10_000, (i) => ((i * 2_654_435_761) >>> 0).toString(36));
  return block.repeat(Math.ceil(length / block.length)).slice(0, length);
}

type Zip = ReturnType<typeof createZipWriter>;

async function write(file: string, parts: Parts, more?: (zip: Zip) => Promise<void>): Promise<void> {
  const zip = createZipWriter(file);
  const all: Record<string, string | Buffer> = {
    '[Content_Types].xml': '<Types/>',
    '_rels/.rels': `<Relationships>${relation('r1', 'officeDocument', 'xl/workbook.xml')}</Relationships>`,
    'xl/workbook.xml': '<workbook><sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels': `<Relationships>${relation('r1', 'worksheet', 's.xml')}</Relationships>`,
    ...parts,
  };
  for (const [name, content] of Object.entries(all)) await zip.addBytes(name, content);
  await more?.(zip);
  await zip.finish();
}

/** Twenty parts of 95 MB, each just below the ratio that gives a bomb away. */
async function flatBomb(zip: Zip): Promise<void> {
  const piece = Buffer.from(varied(40_000) + ' '.repeat(4_700_000));
  const many = function* () {
    for (let i = 0; i < 20; i++) yield piece;
  };
  for (let part = 0; part < 20; part++) await zip.addStream(`xl/media/${part}.bin`, many(), { level: 6 });
}
