import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type Catalogue, type PeriodKind, packageRoot } from '../core/index.ts';
import type { Binding, BindingSource, TemplateKind } from './binding.ts';
import { resolveBinding } from './binding-resolution.ts';
import { bindingInvalid, templateExists, templateUnknown } from './errors.ts';
import { loadVocabulary, type Vocabulary } from './vocabulary.ts';

/** One version of an upstream form: its workbook as upstream sent it, and what fills it. */
export interface Template {
  readonly id: string;
  readonly version: number;
  readonly kind: TemplateKind;
  readonly title: string;
  readonly periodKind: PeriodKind;
  /** Absolute path of the workbook. */
  readonly file: string;
  readonly binding: Binding;
}

export interface TemplateSet {
  /** Newest version of every template first, then the older ones. */
  readonly all: readonly Template[];
  /**
   * The template of an id, the newest version unless told.
   *
   * @throws FillOnceError `templates.unknown`
   */
  get(id: string, version?: number): Template;
}

export interface LoadOptions {
  readonly catalogue: Catalogue;
  readonly vocabulary?: Vocabulary;
  /** Folder of uploaded templates, `<id>/<version>/…`; absent: only the shipped ones. */
  readonly folder?: string;
}

/**
 * Loads the shipped templates and those that were uploaded.
 *
 * @throws FillOnceError `templates.binding` naming the file that is wrong.
 * @example
 * const templates = loadTemplates({ catalogue: loadCatalogue(), folder: './data/templates' });
 * templates.get('vacant-group-rental').binding.columns.length; // 42
 */
export function loadTemplates(options: LoadOptions): TemplateSet {
  const { catalogue, vocabulary = loadVocabulary(catalogue), folder } = options;
  const load = (at: string) => loadTemplate(at, catalogue, vocabulary);
  const shipped = foldersIn(join(packageRoot(), 'templates', 'shipped')).map(load);
  const uploaded = folder === undefined ? [] : foldersIn(folder).flatMap((id) => foldersIn(id).map(load));
  const newest = new Map<string, number>();
  const templates = [...shipped, ...uploaded];
  for (const { id, version } of templates) newest.set(id, Math.max(version, newest.get(id) ?? 0));
  const isOld = (template: Template) => (newest.get(template.id) === template.version ? 0 : 1);
  const all = templates.sort((a, b) => isOld(a) - isOld(b) || a.id.localeCompare(b.id) || b.version - a.version);
  return {
    all,
    get: (id, version = newest.get(id)) => {
      const found = all.find((template) => template.id === id && template.version === version);
      if (!found) throw templateUnknown(id, [...newest.keys()]);
      return found;
    },
  };
}

export interface SaveOptions {
  readonly catalogue: Catalogue;
  readonly vocabulary?: Vocabulary;
  readonly folder: string;
  readonly workbook: Uint8Array;
  readonly binding: BindingSource;
}

/**
 * Keeps an uploaded form and its binding as a template version; a version never changes once it is there.
 *
 * @throws FillOnceError `templates.binding`, `templates.exists`
 */
export function saveTemplate(options: SaveOptions): Template {
  const { catalogue, vocabulary = loadVocabulary(catalogue), folder, workbook, binding } = options;
  const { id, version } = resolveBinding(binding, `${binding.id}/binding.yaml`, contextFor('', catalogue, vocabulary));
  const target = join(folder, id, String(version));
  if (existsSync(target)) throw templateExists(id, version);
  // Both files or none: the version appears by one rename.
  mkdirSync(folder, { recursive: true });
  const draft = mkdtempSync(join(folder, '.draft-'));
  try {
    writeFileSync(join(draft, 'template.xlsx'), workbook);
    writeFileSync(join(draft, 'binding.yaml'), stringify(binding));
    mkdirSync(join(folder, id), { recursive: true });
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (existsSync(target)) throw templateExists(id, version);
    throw error;
  }
  return loadTemplate(target, catalogue, vocabulary);
}

function loadTemplate(folder: string, catalogue: Catalogue, vocabulary: Vocabulary): Template {
  const bindingFile = join(folder, 'binding.yaml');
  const file = join(folder, 'template.xlsx');
  for (const needed of [bindingFile, file]) {
    if (!existsSync(needed)) throw bindingInvalid(needed, 'the file is missing');
  }
  const source: unknown = parse(readFileSync(bindingFile, 'utf8'));
  const binding = resolveBinding(source, bindingFile, contextFor(folder, catalogue, vocabulary));
  const { id, version, kind, title, periodKind } = binding;
  return { id, version, kind, title, periodKind, file, binding };
}

function contextFor(folder: string, catalogue: Catalogue, vocabulary: Vocabulary) {
  return { catalogue, vocabulary, readSql: (name: string) => readFileSync(join(folder, name), 'utf8') };
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => join(folder, entry.name))
    .sort();
}
