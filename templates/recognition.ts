import type { Catalogue } from '../core/index.ts';
import { noForm } from './errors.ts';
import { type Aligned, alignColumns, alignLines, type FormDifference, type Repeated } from './form-difference.ts';
import { readGrids } from './form-grid.ts';
import { type FormLayout, findForm } from './form-layout.ts';
import { likeness, titleCore } from './form-text.ts';
import { createMatcher, type Match } from './matching.ts';
import type { Template, TemplateSet } from './template.ts';
import type { Vocabulary } from './vocabulary.ts';
import { parseRange } from './xlsx/cell-reference.ts';
import { openWorkbook, type Workbook } from './xlsx/workbook.ts';

/** What an uploaded workbook turned out to be. */
export interface Recognition {
  readonly form: FormLayout;
  /** The template that it is; absent when none comes near enough. */
  readonly match?: TemplateMatch;
  /** All templates of the newest version, best first, with their likeness from 0 to 1. */
  readonly candidates: readonly { readonly id: string; readonly version: number; readonly score: number }[];
  /** What could fill each column of the form, in its order; for a known form it stands beside the binding. */
  readonly columns: readonly Match[];
  /** What could fill each given line. */
  readonly lines: readonly Match[];
}

export interface TemplateMatch {
  readonly template: Template;
  readonly score: number;
  /** True when headings and lines are the template's own. */
  readonly exact: boolean;
  readonly differences: readonly FormDifference[];
  /** Sheet column of the template → of the upload. */
  readonly columns: ReadonlyMap<string, string>;
  /** Sheet row of the template's line → of the upload; empty for rosters. */
  readonly lines: ReadonlyMap<string, string>;
}

export interface Recogniser {
  /**
   * Says which template and version an upload is, with the differences, and what could fill its columns.
   *
   * @throws FillOnceError `templates.no_form` when no sheet has a table heading; `templates.xlsx.*` for a bad file.
   * @example
   * const recognition = await recogniser.recognise(workbook);
   * recognition.match?.template.id; // 'vacant-group-rental'
   */
  recognise(workbook: Workbook): Promise<Recognition>;
}

/** Likeness from which an upload counts as a template. */
const SAME = 0.6;

interface KnownForm {
  readonly template: Template;
  readonly layout: FormLayout;
  readonly repeated: Repeated | undefined;
}

export function createRecogniser(dependencies: {
  readonly templates: TemplateSet;
  readonly catalogue: Catalogue;
  readonly vocabulary: Vocabulary;
}): Recogniser {
  const { templates, catalogue, vocabulary } = dependencies;
  const matcher = createMatcher({ catalogue, vocabulary });
  const known = new Map<Template, Promise<KnownForm>>();
  const layoutOf = (template: Template): Promise<KnownForm> => {
    const found = known.get(template) ?? readKnownForm(template);
    known.set(template, found);
    return found;
  };

  return {
    recognise: async (workbook) => {
      const form = findForm(await readGrids(workbook));
      if (!form) throw noForm(workbook.sheets.map(({ name }) => name));
      const ranked: TemplateMatch[] = [];
      for (const template of templates.all) ranked.push(compare(await layoutOf(template), form));
      // Of two versions that fit alike the newer one is meant.
      ranked.sort((a, b) => b.score - a.score || b.template.version - a.template.version);
      const best = ranked[0];
      return {
        form,
        ...(best && best.score >= SAME && { match: best }),
        candidates: ranked.map(({ template: { id, version }, score }) => ({ id, version, score })),
        columns: matcher.columns(form),
        lines: matcher.lines(form),
      };
    },
  };
}

async function readKnownForm(template: Template): Promise<KnownForm> {
  const workbook = await openWorkbook(template.file);
  try {
    const grids = await readGrids(workbook);
    const layout = findForm(grids.filter(({ sheet }) => sheet === template.binding.sheet));
    if (!layout) throw noForm([template.binding.sheet]);
    const group = template.binding.places.group;
    const name = group && workbook.definedNames.find((candidate) => candidate.name === group);
    const range = name && parseRange(name.formula.slice(name.formula.lastIndexOf('!') + 1));
    return { template, layout, repeated: range ? { first: range.left, last: range.right } : undefined };
  } finally {
    await workbook.close();
  }
}

function compare({ template, layout, repeated }: KnownForm, form: FormLayout): TemplateMatch {
  const columns = alignColumns(layout.columns, form.columns, repeated);
  // Org units as lines are data, not layout.
  const hasLines = layout.kind === 'indicator';
  const lines: Aligned = hasLines
    ? alignLines(layout.lines, form.lines)
    : { places: new Map(), differences: [], score: 1 };
  const title = likeness(titleCore(layout.title), titleCore(form.title));
  const headings = hasLines ? 0.25 * columns.score + 0.75 * lines.score : columns.score;
  const sheet = layout.sheet === form.sheet ? 1 : 0;
  const score = Math.round(1000 * (0.72 * headings + 0.23 * title + 0.05 * sheet)) / 1000;
  const differences = [...columns.differences, ...lines.differences];
  return {
    template,
    score,
    exact: differences.length === 0,
    differences,
    columns: columns.places,
    lines: lines.places,
  };
}
