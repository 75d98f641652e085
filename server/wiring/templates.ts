import type { Catalogue, Theme } from '../../core/index.ts';
import {
  accepted,
  createRecogniser,
  type FormDifference,
  type Indicator,
  type Template,
  type TemplateSet,
  type Vocabulary,
} from '../../templates/index.ts';
import { openWorkbook } from '../../templates/xlsx/index.ts';
import type { Templates } from '../ports.ts';
import type { Template as ApiTemplate, Recognition } from '../schema/campaign.ts';

export interface TemplateModules {
  readonly templates: TemplateSet;
  readonly catalogue: Catalogue;
  readonly vocabulary: Vocabulary;
  /** Looks through a file from outside before anything else touches it; throws what is wrong with it. */
  readonly inspect: (path: string) => Promise<unknown>;
}

/** The newest version of each form, and what an upload is. */
export function wireTemplates({ templates, catalogue, vocabulary, inspect }: TemplateModules): Templates {
  const recogniser = createRecogniser({ templates, catalogue, vocabulary });
  return {
    list: async () =>
      templates.all.filter((template) => templates.get(template.id).version === template.version).map(toTemplate),
    recognise: async (path, fileName) => {
      await inspect(path);
      const workbook = await openWorkbook(path);
      try {
        const { form, match, columns } = await recogniser.recognise(workbook);
        return {
          fileName,
          template: match ? toTemplate(match.template) : null,
          confidence: match?.score ?? 0,
          sheet: form.sheet,
          differences: (match?.differences ?? []).map(toDifference),
          matches:
            match?.template.binding.indicators?.map(toMatch) ??
            form.columns.map((column, i): Recognition['matches'][number] => {
              const of = columns[i];
              const taken = of && accepted(of);
              return {
                header: column.path.join(' / '),
                element: taken?.id ?? null,
                elementTitle: taken?.title ?? (of && of.role !== 'value' ? ROLES[of.role] : null),
                confidence: taken?.score ?? 0,
              };
            }),
        };
      } finally {
        await workbook.close();
      }
    },
  };

  /** A line of an indicator form is what its columns are in other forms: each has a measure behind it. */
  function toMatch({ title, measure }: Indicator): Recognition['matches'][number] {
    const known = measure === undefined ? undefined : vocabulary.measures.get(measure);
    return { header: title, element: measure ?? null, elementTitle: known?.title ?? measure ?? null, confidence: 1 };
  }

  function toTemplate(template: Template): ApiTemplate {
    const { id, version, title, kind, periodKind, binding } = template;
    const themes = new Set<Theme>();
    let bound = binding.indicators?.length ?? 0;
    for (const { measure } of binding.indicators ?? []) {
      if (measure) themes.add(measure.split('.')[0] as Theme);
    }
    for (const column of binding.columns) {
      if (column.manual) continue;
      bound += 1;
      if (column.element) themes.add(catalogue.element(column.element).theme);
    }
    return {
      id,
      version,
      title,
      kind,
      periodKind,
      themes: [...themes],
      columns: binding.columns.length + (binding.indicators?.length ?? 0),
      bound,
    };
  }
}

const ROLES = { serial: '序号', remarks: '备注', label: '行标题', formula: '表内公式' } as const;

const WORDS = {
  added: { zh: '新增', en: 'added' },
  removed: { zh: '删去', en: 'removed' },
  renamed: { zh: '改名', en: 'renamed' },
  moved: { zh: '移动', en: 'moved' },
} as const;

function toDifference({ kind, what, title, was, at }: FormDifference): Recognition['differences'][number] {
  const [zh, en] = what === 'column' ? [`第 ${at} 列`, `column ${at}`] : [`第 ${at} 行`, `line ${at}`];
  return {
    where: zh,
    message: was
      ? { zh: `“${was}”改为“${title}”`, en: `'${was}' is now '${title}' (${en})` }
      : { zh: `${WORDS[kind].zh}“${title}”`, en: `'${title}' ${WORDS[kind].en} (${en})` },
  };
}
