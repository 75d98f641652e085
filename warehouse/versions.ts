import type { Entity } from '../core/catalogue.ts';
import type { Contract } from './contract.ts';
import { ident, literal } from './sql-text.ts';
import { aliasedColumn, stagedTable } from './staged-tables.ts';

/** The newest version of a record first: an order that landing alone decides. */
export const NEWEST = '_observed DESC, _seq DESC, _row DESC';

/** Which versions count: all of them, those that had been received by a moment, or for each of many days those received by then. */
interface Known {
  readonly receivedUntil?: string;
  /** Table with the key columns of `entity` and `_at`. */
  readonly moments?: string;
  readonly entity?: Entity;
}

/** A dataset's newest version of each record, now or as it was known at an earlier time. */
export function currentVersions(contract: Contract, { receivedUntil, moments, entity }: Known): string {
  if (moments !== undefined && entity) return versionsOnDays(contract, { moments, entity });
  if (receivedUntil === undefined) return `(FROM ${stagedTable(contract)} WHERE NOT _superseded)`;
  const record = recordOf(contract);
  return `(FROM ${knownVersions(contract, { receivedUntil })}
    QUALIFY row_number() OVER (PARTITION BY ${record} ORDER BY ${NEWEST}) = 1)`;
}

/** All versions, or those that had been received by a moment. */
export function knownVersions(contract: Contract, { receivedUntil, moments, entity }: Known): string {
  if (moments !== undefined && entity) {
    return `(SELECT v.*, m._at FROM ${datedVersions(contract, { moments, entity })} v JOIN ${moments} m
      ON ${sameKey(entity, 'v', 'm')} AND v._day <= m._at)`;
  }
  if (receivedUntil === undefined) return stagedTable(contract);
  const known = `received_at <= TIMESTAMP ${literal(receivedUntil)}`;
  return `(FROM ${stagedTable(contract)} WHERE _batch IN (SELECT batch FROM ledger.batch WHERE ${known}))`;
}

/**
 * Each record's newest version on each of many days. A version stands from the day on which it came, when none that came by then
 * is newer, until the day on which a newer one came: so a record with a thousand versions is not sorted a thousand times.
 */
function versionsOnDays(contract: Contract, of: { readonly moments: string; readonly entity: Entity }): string {
  const record = recordOf(contract);
  return `(SELECT v.* EXCLUDE (_day, _place, _until), m._at FROM (
      SELECT *, lead(_day) OVER (PARTITION BY ${record} ORDER BY _day) AS _until FROM (
        SELECT * FROM (
          SELECT *, row_number() OVER (PARTITION BY ${record} ORDER BY _observed, _seq, _row) AS _place
          FROM ${datedVersions(contract, of)}
        ) QUALIFY _place = max(_place) OVER (PARTITION BY ${record} ORDER BY _day))
    ) v JOIN ${of.moments} m ON ${sameKey(of.entity, 'v', 'm')} AND v._day <= m._at AND (v._until IS NULL OR m._at < v._until))`;
}

/** All versions of the entities of a table, with the civil day on which each was received. */
function datedVersions(contract: Contract, of: { readonly moments: string; readonly entity: Entity }): string {
  return `(SELECT s.*, b.received_at::DATE AS _day
    FROM (FROM ${stagedTable(contract)} SEMI JOIN ${of.moments} USING (${of.entity.key.map(ident).join(', ')})) s
    JOIN ledger.batch b ON b.batch = s._batch)`;
}

function sameKey({ key }: Entity, one: string, other: string): string {
  return key.map((name) => `${one}.${ident(name)} = ${other}.${ident(name)}`).join(' AND ');
}

/** What tells one record of a dataset from another, as they came: two whose keys count as one are still two. */
function recordOf(contract: Contract): string {
  const aliased = aliasedColumn(contract);
  return (contract.recordKey ?? contract.key).map((field) => (field === aliased ? '_key' : ident(field))).join(', ');
}
