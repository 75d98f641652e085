import type { Entity } from '../core/catalogue.ts';
import { sqlType } from './contract-sql.ts';
import { ident, literal } from './sql-text.ts';

/** The dataset of what people vouched for. */
export const CONFIRMED = 'platform.confirmation';

/** Condition that a confirmation's text can be read as its field's type; one that cannot says nothing. */
export function readableValue(entity: Entity): string {
  const typed = entity.elements
    .filter(({ type }) => type !== 'text' && type !== 'code')
    .map(({ field, type }) => `WHEN field = ${literal(field)} THEN TRY_CAST("value" AS ${sqlType(type)}) IS NOT NULL`);
  return `("value" IS NULL OR CASE WHEN field IS NULL THEN false ${typed.join(' ')} ELSE true END)`;
}

/** The text under which confirmations name an entity, from its key columns in table `of`. */
export function keyText(entity: Entity, of: string): string {
  return entity.key.map((key) => `${of}.${ident(key)}::VARCHAR`).join(" || '|' || ");
}

/** The key columns of the entity from a confirmation's `key`. */
export function confirmedKeys(entity: Entity): string {
  return entity.key
    .map((name, i) => {
      const text = entity.key.length === 1 ? 'key' : `split_part(key, '|', ${i + 1})`;
      const { type } = entity.elements.find(({ field }) => field === name)!;
      return `CAST(${text} AS ${sqlType(type)}) AS ${ident(name)}`;
    })
    .join(', ');
}
