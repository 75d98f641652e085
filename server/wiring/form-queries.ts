import type { Message } from '../../core/index.ts';
import type { Binding, BindingColumn, Template } from '../../templates/index.ts';
import { ident, type MartQuery } from '../../warehouse/index.ts';

/** The cells of forms as SELECTs over marts, for the lineage of columns: one form is the asset `template.<id>`. */
export function formQueries(templates: readonly Template[]): readonly MartQuery[] {
  const newest = new Map<string, Template>();
  // The newest version of each stands first.
  for (const template of templates) if (!newest.has(template.id)) newest.set(template.id, template);
  return [...newest.values()].flatMap(({ id, binding }) => queriesOf(`template.${id}`, binding));
}

function queriesOf(asset: string, binding: Binding): MartQuery[] {
  const queries: MartQuery[] = [];
  if (binding.rows) queries.push(...tableQueries(asset, binding.rows.mart, binding.columns));
  if (binding.across) queries.push(...tableQueries(asset, binding.across.mart, binding.across.measures));
  for (const { name, title, sql } of binding.indicators ?? []) {
    queries.push({ asset, sql: `SELECT "value" AS ${ident(name)} FROM (${sql})`, columns: titles([{ name, title }]) });
  }
  return queries;
}

/** Each cell's SELECT stands alone: one that cannot be followed does not hide the others. */
function tableQueries(asset: string, mart: string, columns: readonly BindingColumn[]): MartQuery[] {
  const asked = columns.filter(({ element, derive }) => element === undefined && derive === undefined);
  const filled = columns.flatMap((column): MartQuery[] => {
    const value = column.element === undefined ? column.derive : ident(column.element.split('.').at(-1)!);
    if (value === undefined) return [];
    // The mart goes by its own name as well as `row`, as in a form's expressions.
    const sql = `SELECT (${value}) AS ${ident(column.name)} FROM ${mart}`;
    return [{ asset, sql, columns: titles([column]) }];
  });
  if (asked.length === 0) return filled;
  return [...filled, { asset, sql: 'SELECT 1 AS nothing', columns: new Map(), asked: titles(asked) }];
}

function titles(columns: readonly { readonly name: string; readonly title: string }[]): ReadonlyMap<string, Message> {
  return new Map(columns.map(({ name, title }) => [name, { zh: title, en: title }]));
}
