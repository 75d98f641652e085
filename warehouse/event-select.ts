import type { Entity } from '../core/catalogue.ts';
import type { Contract } from './contract.ts';
import { sqlType, stagedFields } from './contract-sql.ts';
import type { SourceCode } from './source-codes.ts';
import { ident } from './sql-text.ts';
import { currentVersions } from './versions.ts';

/**
 * The SELECT of an event entity's rows: the latest version of each happening, unless its source took it back, with `_s` (source
 * code), `_o` (observed), `_batch` and `_row`.
 *
 * @param options.only table with the key columns: only these. `receivedUntil`: only what had been received by then.
 */
export function eventSelect(
  entity: Entity,
  contracts: readonly Contract[],
  sources: ReadonlyMap<string, SourceCode>,
  options: { readonly only?: string; readonly receivedUntil?: string } = {},
): string {
  const { only } = options;
  const keys = entity.key.map(ident).join(', ');
  const versions = contracts.map((contract) => {
    const has = new Set(stagedFields(contract).map(({ field }) => field));
    const fields = entity.elements.map(({ field, type }) =>
      has.has(field) ? ident(field) : `NULL::${sqlType(type)} AS ${ident(field)}`,
    );
    return `SELECT ${fields.join(', ')}, ${sources.get(contract.source)!.code}::UTINYINT AS _s, _observed AS _o, _batch, _row, _seq, _deleted
    FROM ${currentVersions(contract, options)}${only === undefined ? '' : ` SEMI JOIN ${only} USING (${keys})`}`;
  });
  const newest = `QUALIFY row_number() OVER (PARTITION BY ${keys} ORDER BY _o DESC, _s, _seq DESC, _row DESC) = 1`;
  return `SELECT * EXCLUDE (_seq, _deleted) FROM (
  SELECT * FROM (${versions.join(' UNION ALL ')}) ${versions.length > 1 ? newest : ''}
) WHERE NOT _deleted`;
}

/** The columns of an event entity's table, in order. */
export function eventDdl(entity: Entity, table: string): string {
  const columns = entity.elements.map(({ field, type }) => `${ident(field)} ${sqlType(type)}`);
  return `CREATE OR REPLACE TABLE ${table} (${columns.join(', ')}, _s UTINYINT, _o TIMESTAMP, _batch BIGINT, _row INTEGER)`;
}
