import { type RefusalRule, refusal } from './errors.ts';
import { withLimits, type XlsxLimits } from './limits.ts';
import { readContentTypes, readDescription, readRelationships } from './package-parts.ts';
import { walkXml } from './xml.ts';
import type { ZipArchive } from './zip-read.ts';

/** Relationship types (their last step) that a workbook from outside may not have. */
const REFUSED_RELATIONSHIPS: Readonly<Record<string, RefusalRule>> = {
  vbaProject: 'macro',
  vbaProjectSignature: 'macro',
  wordVbaData: 'macro',
  xlMacrosheet: 'macro',
  xlIntlMacrosheet: 'macro',
  dialogsheet: 'macro',
  attachedToolbars: 'macro',
  userCustomization: 'macro',
  oleObject: 'embedded',
  package: 'embedded',
  control: 'embedded',
  activeXControlBinary: 'embedded',
  connections: 'connection',
  queryTable: 'connection',
};

/** Content types that give such a part away even when no relationship names it. */
const REFUSED_TYPES: readonly (readonly [RegExp, RefusalRule])[] = [
  [/vbaproject|macrosheet|dialogsheet|macroenabled/i, 'macro'],
  [/oleobject|activex|ms-ole/i, 'embedded'],
  [/spreadsheetml\.(connections|querytable)/i, 'connection'],
];

/** And names of entries, for packages that lie about both. */
const REFUSED_NAMES: readonly (readonly [RegExp, RefusalRule])[] = [
  [/(^|\/)vba(Project|Data)[^/]*\.(bin|xml)$|(^|\/)(macrosheets|dialogsheets)\//i, 'macro'],
  [/(^|\/)(embeddings|activeX)\//i, 'embedded'],
  [/(^|\/)connections\.xml$|(^|\/)queryTables\//i, 'connection'],
];

/**
 * Refuses a package that brings more than cells and their looks: macros, embedded objects, ActiveX, DDE links, data
 * connections; and one that is no .xlsx at all. Charts, pictures, form controls, links to other workbooks pass.
 *
 * @throws `templates.xlsx.macro`, `.embedded`, `.dde`, `.connection`, `.format`
 */
export async function checkPackage(zip: ZipArchive, changes?: Partial<XlsxLimits>): Promise<void> {
  const limits = withLimits(changes);
  if (
    zip.has('xl/workbook.bin') ||
    zip.has('mimetype') ||
    zip.has('word/document.xml') ||
    zip.has('ppt/presentation.xml')
  )
    throw refusal('format');
  const types = await readContentTypes(zip, limits);
  for (const { name } of zip.entries) {
    const byName = REFUSED_NAMES.find(([pattern]) => pattern.test(name));
    if (byName) throw refusal(byName[1], { part: name });
    const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
    const type = types.parts.get(`/${name.toLowerCase()}`) ?? types.extensions.get(extension) ?? '';
    const byType = REFUSED_TYPES.find(([pattern]) => pattern.test(type));
    if (byType) throw refusal(byType[1], { part: name, found: type });
  }
  for (const { name } of zip.entries) {
    const source = partOfRelationships(name);
    if (source === undefined) continue;
    for (const relationship of await readRelationships(zip, source, limits)) {
      const rule = Object.hasOwn(REFUSED_RELATIONSHIPS, relationship.type) && REFUSED_RELATIONSHIPS[relationship.type];
      if (rule) throw refusal(rule, { part: name, found: relationship.type });
      if (relationship.type === 'externalLink') await checkExternalLink(zip, relationship.target, limits);
    }
  }
}

/** A link to another workbook is a cached value and an address; one to a program is a way to run it. */
async function checkExternalLink(zip: ZipArchive, part: string, limits: XlsxLimits): Promise<void> {
  if (!zip.has(part)) return;
  walkXml(
    await readDescription(zip, part, limits),
    {
      open(element) {
        if (element === 'ddeLink') throw refusal('dde', { part });
        if (element === 'oleLink') throw refusal('embedded', { part });
      },
    },
    part,
    limits.depth,
  );
}

/** Refuses a formula that calls another program: `cmd|'/c calc'!A0`. Outside of quotes a bar has no other use. */
export function checkFormula(formula: string, part: string, at: string): void {
  if (!formula.includes('|')) return;
  if (formula.replace(/"[^"]*"|'[^']*'/g, '').includes('|')) throw refusal('dde', { part, at });
}

function partOfRelationships(name: string): string | undefined {
  const match = /^(.*\/)?_rels\/([^/]*)\.rels$/.exec(name);
  return match ? (match[1] ?? '') + match[2] : undefined;
}
