import { refusal } from './errors.ts';
import type { XlsxLimits } from './limits.ts';
import { walkXml } from './xml.ts';
import type { ZipArchive } from './zip-read.ts';

/** One relationship of a part. */
export interface Relationship {
  readonly id: string;
  /** The last step of the type's address: `worksheet`, `sharedStrings`, `vbaProject`. */
  readonly type: string;
  /** Name of the zip entry, or what it would be; of an external one, the address as written. */
  readonly target: string;
  readonly external: boolean;
}

/** The text of a part that describes others; sheets and strings, which may be large, are never read this way. */
export async function readDescription(zip: ZipArchive, part: string, limits: XlsxLimits): Promise<string> {
  const size = zip.entries.find(({ name }) => name === part)?.size ?? 0;
  if (size > limits.frameBytes) throw refusal('frame', { part, limit: limits.frameBytes, found: size });
  return zip.readText(part);
}

/** The relationships of a part; '' for the package's own. */
export async function readRelationships(zip: ZipArchive, part: string, limits: XlsxLimits): Promise<Relationship[]> {
  const name = zip.nameOf(relationshipsPart(part));
  if (name === undefined) return [];
  const relationships: Relationship[] = [];
  walkXml(
    await readDescription(zip, name, limits),
    {
      open(element, { Id: id = '', Type: type = '', Target: target = '', TargetMode: mode }) {
        if (element !== 'Relationship') return;
        const external = mode === 'External';
        relationships.push({
          id,
          type: type.slice(type.lastIndexOf('/') + 1),
          target: external ? target : partName(zip, resolveTarget(part, target, name)),
          external,
        });
      },
    },
    name,
    limits.depth,
  );
  return relationships;
}

/** `xl/workbook.xml` → `xl/_rels/workbook.xml.rels`. */
export function relationshipsPart(part: string): string {
  const slash = part.lastIndexOf('/') + 1;
  return `${part.slice(0, slash)}_rels/${part.slice(slash)}.rels`;
}

function partName(zip: ZipArchive, target: string): string {
  return zip.nameOf(target) ?? target;
}

function resolveTarget(part: string, target: string, where: string): string {
  const steps = target.startsWith('/') ? [] : part.split('/').slice(0, -1);
  for (const step of target.split('/')) {
    if (step === '' || step === '.') continue;
    if (step !== '..') steps.push(step);
    else if (steps.pop() === undefined) throw refusal('entryName', { part: where, at: target.slice(0, 120) });
  }
  return steps.join('/');
}

/** Content types by part name (with the leading `/`, lower case) and by file extension. */
export interface ContentTypes {
  readonly parts: ReadonlyMap<string, string>;
  readonly extensions: ReadonlyMap<string, string>;
}

export async function readContentTypes(zip: ZipArchive, limits: XlsxLimits): Promise<ContentTypes> {
  const name = zip.nameOf('[Content_Types].xml') ?? '[Content_Types].xml';
  const parts = new Map<string, string>();
  const extensions = new Map<string, string>();
  walkXml(
    await readDescription(zip, name, limits),
    {
      open(element, { PartName: part, Extension: extension, ContentType: type = '' }) {
        if (element === 'Override' && part) parts.set(part.toLowerCase(), type);
        if (element === 'Default' && extension) extensions.set(extension.toLowerCase(), type);
      },
    },
    name,
    limits.depth,
  );
  return { parts, extensions };
}
