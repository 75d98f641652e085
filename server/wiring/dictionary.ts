import { PassThrough, Readable } from 'node:stream';
import type { Element } from '../../core/index.ts';
import type { TemplateSet } from '../../templates/index.ts';
import { writeWorkbook } from '../../templates/xlsx/index.ts';
import type { ColumnLineage, Declared } from '../../warehouse/index.ts';
import type { Dictionary } from '../ports-assets.ts';
import type { DictionaryEntry } from '../schema/asset.ts';
import { dictionaryCsv, dictionaryTable } from './dictionary-table.ts';
import type { LineageSource } from './lineage.ts';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** The data dictionary, made from the catalogue, the contracts and the lineage; nothing in it is written by hand. */
export function wireDictionary(modules: {
  readonly declared: Declared;
  readonly templates: TemplateSet;
  readonly lineage: LineageSource;
}): Dictionary {
  const all = async () => dictionaryEntries(modules.declared, modules.templates, await modules.lineage());
  return {
    search: async (words) => {
      const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
      return (await all()).filter((entry) => {
        const text = searchText(entry);
        return wanted.every((word) => text.includes(word));
      });
    },
    file: async (format) => {
      const table = dictionaryTable(await all());
      if (format === 'csv') {
        const body = new Blob([dictionaryCsv(table)]).stream();
        return { fileName: '数据字典.csv', contentType: 'text/csv; charset=utf-8', body };
      }
      return { fileName: '数据字典.xlsx', contentType: XLSX, body: workbook(table) };
    },
  };
}

/** One entry per element, in the order of the catalogue. */
export function dictionaryEntries(
  { plan }: Declared,
  templates: TemplateSet,
  lineage: ColumnLineage,
): readonly DictionaryEntry[] {
  const { catalogue, contracts, sources } = plan;
  const forms = new Map(templates.all.map(({ id, title }) => [`template.${id}`, { id, title }]));
  const saidBy = (element: Element, source: string) =>
    [...contracts.values()]
      .filter((contract) => contract.source === source && contract.entity === element.entity)
      .flatMap((contract) =>
        contract.columns
          .filter(({ field }) => field === element.field)
          .map(({ name }) => `${contract.dataset}.${name}`),
      );
  return catalogue.themes.flatMap(({ theme, title: themeTitle, entities }) =>
    entities.flatMap((entity) =>
      entity.elements.map((element): DictionaryEntry => {
        const after = lineage.downstream(`golden.${entity.name}/${element.field}`);
        const list = element.codes === undefined ? null : catalogue.codeList(element.codes);
        return {
          ...{ id: element.id, theme, entity: entity.name, field: element.field },
          themeTitle: { ...themeTitle },
          entityTitle: { ...entity.title },
          title: { ...element.title },
          synonyms: [...element.synonyms],
          type: element.type,
          unit: element.unit ?? null,
          codeList: list && { name: list.name, title: list.title, values: [...list.values.keys()] },
          check: element.check ?? null,
          sensitivity: element.sensitivity,
          owner: element.owner,
          sources: element.sources.map((name) => ({
            name,
            title: { ...(sources.get(name)?.title ?? { zh: name, en: name }) },
            fields: saidBy(element, name),
          })),
          ttlDays: element.ttlDays ?? null,
          optional: element.optional,
          marts: after.filter(isPublished).map(({ key }) => key.slice('mart.'.length)),
          forms: after.flatMap((column) => {
            const form = forms.get(column.asset);
            return form ? [{ ...form, cell: column.title?.zh ?? column.column }] : [];
          }),
        };
      }),
    ),
  );
}

/** Columns that readers see by name: the source code and the date beside a value, and books, go with it. */
function isPublished({ asset, column }: { readonly asset: string; readonly column: string }): boolean {
  return asset.startsWith('mart.') && !asset.startsWith('mart.platform.') && !/^_|_[so]$/.test(column);
}

function searchText(entry: DictionaryEntry): string {
  const { id, title, synonyms, entityTitle, themeTitle, owner, unit, codeList, sources } = entry;
  return [
    ...[id, title.zh, title.en, ...synonyms, entityTitle.zh, entityTitle.en, themeTitle.zh, themeTitle.en],
    ...[owner, unit, codeList?.title, ...(codeList?.values ?? [])],
    ...sources.flatMap(({ name, title: source, fields }) => [name, source.zh, source.en, ...fields]),
  ]
    .join('\n')
    .toLowerCase();
}

function workbook(table: readonly (readonly string[])[]): ReadableStream<Uint8Array> {
  const [head = [], ...rows] = table;
  const columns = head.map((header) => ({ header, width: 18, type: 'text' as const }));
  const target = new PassThrough();
  writeWorkbook(target, [{ name: '数据字典', columns, rows, autoFilter: true }]).catch((error: unknown) =>
    target.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return Readable.toWeb(target) as ReadableStream<Uint8Array>;
}
