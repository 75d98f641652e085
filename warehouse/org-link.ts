import type { Catalogue, Entity } from '../core/catalogue.ts';
import { sinceTable } from './history-spans.ts';
import { ident } from './sql-text.ts';

/** The day since which a row has been what it is, where the entity's history is kept. */
export const SINCE = '_since';

/** The column that says in which grid something lies. */
const GRID = 'grid_path';

/**
 * The SELECT of an entity's mart: its rows and `_org`, the org unit they belong to: the row's own grid, else that of what it lies
 * in. Where the entity's history is kept, `_since` is the day since which the row has been what it is. A field that is named like another entity's key leads there: `dwelling_code` of a person, `lot_code` of a passage.
 */
export function orgColumn(entity: Entity, catalogue: Catalogue): { select: string; inputs: readonly string[] } {
  const { path, joins, inputs } = orgLink(entity, catalogue, ({ theme, name }) => `${ident(theme)}.${ident(name)}`);
  const columns = entity.kind === 'golden' ? 'g.* EXCLUDE (_conflicts)' : 'g.*';
  const from = `${ident(entity.theme)}.${ident(entity.name)} g ${joins}`;
  if (!entity.history) return { select: `SELECT ${columns}, ${path} AS _org FROM ${from}`, inputs };
  const same = entity.key.map((key) => `since.${ident(key)} = g.${ident(key)}`).join(' AND ');
  // No row is left out for want of its day: a file of before histories has none until its next refresh.
  const since = `LEFT JOIN ${sinceTable(entity)} since ON ${same}`;
  return { select: `SELECT ${columns}, since.valid_from AS ${SINCE}, ${path} AS _org FROM ${from} ${since}`, inputs };
}

/** How the org unit of rows `g` of an entity is found: an expression, its joins, and the marts that it reads beside the entity. */
export function orgLink(
  entity: Entity,
  catalogue: Catalogue,
  rowsOf: (place: Entity) => string,
): { readonly path: string; readonly joins: string; readonly inputs: readonly string[] } {
  const id = `${entity.theme}.${entity.name}`;
  const own = entity.elements.some(({ field }) => field === GRID);
  const places = catalogue.entities.filter(
    (other) =>
      other !== entity &&
      other.kind === 'golden' &&
      other.key.length === 1 &&
      other.elements.some(({ field }) => field === GRID),
  );
  const links = entity.elements.flatMap(({ field }) => places.filter((place) => place.key[0] === field));
  const joins = links.map(
    (place, i) => `LEFT JOIN ${rowsOf(place)} p${i} ON p${i}.${ident(place.key[0]!)} = g.${ident(place.key[0]!)}`,
  );
  const paths = [...(own ? [`g.${GRID}`] : []), ...links.map((_, i) => `p${i}.${GRID}`)];
  const path = paths.length <= 1 ? (paths[0] ?? 'NULL::VARCHAR') : `coalesce(${paths.join(', ')})`;
  return {
    path,
    joins: joins.join(' '),
    inputs: [id, ...links.map(({ theme, name }) => `${theme}.${name}`)],
  };
}
