import { refusal } from '../errors.ts';
import type { XlsxLimits } from '../limits.ts';
import type { ZipArchive } from '../zip-read.ts';
import { attribute, elements, parseTree, removeChild, writeTree, type XmlElement, type XmlTree } from './tree.ts';

/** A relationship from one part to another part of the package. */
export interface Relation {
  readonly id: string;
  /** The last word of its type: `worksheet`, `drawing`, `table`. */
  readonly type: string;
  /** Name of the zip entry. */
  readonly part: string;
}

/** The parts of a workbook and what has been changed in them. */
export interface PartStore {
  readonly archive: ZipArchive;
  has(part: string): boolean;
  /** The part as a tree to edit; the same tree every time. */
  tree(part: string): Promise<XmlTree>;
  /** The inner relations of a part, or of the package when it is ''. */
  relations(part: string): Promise<readonly Relation[]>;
  /** The relationships of a part as a tree to edit. */
  relationsRoot(part: string): Promise<XmlElement | undefined>;
  /** A part that is edited as text, because it may be no well-formed XML. */
  text(part: string): Promise<string>;
  setText(part: string, text: string): void;
  /** Takes a part out, with its relation and its content type. */
  remove(owner: string, relation: Relation): Promise<void>;
  readonly removed: ReadonlySet<string>;
  /** The parts that now read differently, with their new text. */
  changes(): Map<string, string>;
}

const CONTENT_TYPES = '[Content_Types].xml';

/** Opens the parts of a zip for editing. Trees are kept; only those that read differently at the end are written. */
export function createPartStore(archive: ZipArchive, limits: XlsxLimits): PartStore {
  const trees = new Map<string, { tree: XmlTree; original: string }>();
  const texts = new Map<string, { text: string; original: string | undefined }>();
  const removed = new Set<string>();
  // Part names are compared without case.
  const byLowerName = new Map(archive.entries.map(({ name }) => [name.toLowerCase(), name]));
  const nameOf = (part: string): string | undefined => byLowerName.get(part.toLowerCase());

  async function tree(part: string): Promise<XmlTree> {
    const known = trees.get(part);
    if (known) return known.tree;
    const text = await archive.readText(part);
    const parsed = parseTree(text, part, limits.depth);
    trees.set(part, { tree: parsed, original: text });
    return parsed;
  }

  async function relations(part: string): Promise<readonly Relation[]> {
    const name = nameOf(relationsPart(part));
    if (name === undefined) return [];
    const { root } = await tree(name);
    const found: Relation[] = [];
    for (const element of elements(root, 'Relationship')) {
      if (attribute(element, 'TargetMode') === 'External') continue;
      const target = resolveTarget(part, attribute(element, 'Target') ?? '');
      const type = attribute(element, 'Type') ?? '';
      found.push({
        id: attribute(element, 'Id') ?? '',
        type: type.slice(type.lastIndexOf('/') + 1),
        part: nameOf(target) ?? target,
      });
    }
    return found;
  }

  async function text(part: string): Promise<string> {
    const known = texts.get(part);
    if (known) return known.text;
    const original = await archive.readText(part);
    texts.set(part, { text: original, original });
    return original;
  }

  return {
    archive,
    text,
    setText: (part, changed) => {
      const known = texts.get(part);
      texts.set(part, { text: changed, original: known?.original });
    },
    relationsRoot: async (part) => {
      const name = nameOf(relationsPart(part));
      return name === undefined ? undefined : (await tree(name)).root;
    },
    removed,
    has: (part) => nameOf(part) !== undefined && !removed.has(part),
    tree,
    relations,
    remove: async (owner, relation) => {
      const relationsName = nameOf(relationsPart(owner));
      if (relationsName) {
        const { root } = await tree(relationsName);
        for (const element of elements(root, 'Relationship')) {
          if (attribute(element, 'Id') === relation.id) removeChild(root, element);
        }
      }
      const { root } = await tree(CONTENT_TYPES);
      for (const element of elements(root, 'Override')) {
        if (attribute(element, 'PartName')?.toLowerCase() === `/${relation.part.toLowerCase()}`)
          removeChild(root, element);
      }
      removed.add(relation.part);
    },
    changes: () => {
      const changes = new Map<string, string>();
      for (const [part, { tree: edited, original }] of trees) {
        const text = writeTree(edited);
        if (text !== original && !removed.has(part)) changes.set(part, text);
      }
      for (const [part, { text, original }] of texts) {
        if (text !== original && !removed.has(part)) changes.set(part, text);
      }
      return changes;
    },
  };
}

/** `xl/workbook.xml` → `xl/_rels/workbook.xml.rels`; '' → `_rels/.rels`. */
function relationsPart(part: string): string {
  const slash = part.lastIndexOf('/');
  return `${part.slice(0, slash + 1)}_rels/${part.slice(slash + 1)}.rels`;
}

/** A target as an entry name: absolute from the root, or relative to the owner's folder. */
function resolveTarget(owner: string, target: string): string {
  const bare = decoded(target.split('#')[0]!);
  const path = bare.startsWith('/') ? bare.slice(1) : `${owner.slice(0, owner.lastIndexOf('/') + 1)}${bare}`;
  const parts: string[] = [];
  for (const step of path.split('/')) {
    if (step === '..') parts.pop();
    else if (step !== '.' && step !== '') parts.push(step);
  }
  return parts.join('/');
}

function decoded(target: string): string {
  try {
    return decodeURI(target);
  } catch {
    return target;
  }
}

/** The part that the package calls its workbook. */
export async function workbookPart(parts: PartStore): Promise<string> {
  const main = (await parts.relations('')).find(({ type }) => type === 'officeDocument');
  if (!main || !parts.has(main.part)) throw refusal('missingPart', { part: 'xl/workbook.xml' });
  return main.part;
}
