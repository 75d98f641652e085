import { createBreath } from '../../core/breath.ts';
import type { Entity } from '../../core/catalogue.ts';
import type { JsonObject } from '../../core/json.ts';
import { type Contract, datasetName } from '../contract.ts';
import type { SqlSession } from '../duckdb.ts';
import { openRecordsOf, type QuarantinedRecord } from '../quarantine.ts';
import { goldenTable } from '../refresh.ts';
import { ident } from '../sql-text.ts';
import { parseAddress } from './address.ts';
import { enterpriseName } from './enterprise-name.ts';
import type { Block, MatchRule } from './rules.ts';
import type { Fields } from './score.ts';

/** An open quarantined record that only lacks a usable key. */
export interface KeylessRecord {
  readonly record: QuarantinedRecord;
  readonly contract: Contract;
  /** Column of the key, by the source's name. */
  readonly column: string;
  readonly raw: JsonObject;
  readonly fields: Fields;
  /** What the record came with instead of a key; empty when nothing. */
  readonly wrongKey: string;
}

/** The newest staging pass that set aside a record for its key, and the entities of those set aside after pass `since`. */
export async function freshKeyless(
  sql: SqlSession,
  contracts: ReadonlyMap<string, Contract>,
  rules: ReadonlyMap<string, MatchRule>,
  since: number,
): Promise<{ readonly newest: number; readonly entities: readonly string[]; readonly batches: ReadonlySet<string> }> {
  const rows = await sql.all<{ batch: string; dataset: string; rules: string[]; load: number }>(
    `SELECT batch_id AS batch, source || '.' || dataset AS dataset, list_distinct(flatten(list(rules))) AS rules, max(load) AS load
     FROM quarantine.record WHERE load > $1 GROUP BY ALL`,
    [since],
  );
  const about = rows.filter(({ dataset, rules: broken }) => {
    const contract = contracts.get(dataset);
    const column = contract && contract.entity !== null && rules.has(contract.entity) ? keyColumn(contract) : undefined;
    return column !== undefined && broken.some((rule) => rule.startsWith(`${column.name}:`));
  });
  return {
    newest: Math.max(since, ...rows.map(({ load }) => load)),
    entities: [...new Set(about.flatMap(({ dataset }) => contracts.get(dataset)!.entity ?? []))].sort(),
    batches: new Set(about.map(({ batch }) => batch)),
  };
}

/**
 * Open records whose only broken rules are about the key of an entity with a matching rule, oldest place first; of the named batches
 * alone where there are any.
 */
export async function keylessRecords(
  sql: SqlSession,
  contracts: ReadonlyMap<string, Contract>,
  rules: ReadonlyMap<string, MatchRule>,
  most: number,
  batches?: ReadonlySet<string>,
): Promise<readonly KeylessRecord[]> {
  const found: KeylessRecord[] = [];
  for (const contract of contracts.values()) {
    if (contract.entity === null || !rules.has(contract.entity) || !keyColumn(contract)) continue;
    const { source, dataset } = contract;
    const of = [...(batches ?? [])].filter((batch) => batch.startsWith(`${datasetName(contract)}.`));
    for (const filter of batches ? of.map((batch) => ({ batch })) : [{}]) {
      for (const record of await openRecordsOf(sql, { source, dataset, ...filter }, most)) {
        const keyless = found.length < most ? keylessOf(contract, record) : null;
        if (keyless) found.push(keyless);
      }
      if (found.length >= most) break;
    }
  }
  return found.sort((a, b) => placeOf(a.record).localeCompare(placeOf(b.record), 'en'));
}

function keyColumn(contract: Contract): Contract['columns'][number] | undefined {
  if (contract.key.length !== 1) return undefined;
  return contract.columns.find(({ field }) => field !== undefined && field === contract.key[0]);
}

/** A quarantined record as one that only lacks its key; null when something else is wrong with it. */
export function keylessOf(contract: Contract, record: QuarantinedRecord): KeylessRecord | null {
  const column = keyColumn(contract);
  if (!column || !record.rules.every((rule) => rule.startsWith(`${column.name}:`))) return null;
  const raw = JSON.parse(record.raw) as JsonObject;
  const wrongKey = String(rawValue(raw, column) ?? '').trim();
  return { record, contract, column: column.name, raw, fields: fieldsOf(contract, raw), wrongKey };
}

const placeOf = ({ batch, row }: QuarantinedRecord) => `${batch}#${String(row).padStart(9, '0')}`;

/**
 * What names a record through the days on which its source sends it again: its dataset and the key it came with; without one, its
 * place.
 */
export function identityOf({ record, contract, wrongKey }: KeylessRecord): string {
  return wrongKey === ''
    ? `${datasetName(contract)}:@${record.batch}#${record.row}`
    : `${datasetName(contract)}:${wrongKey}`;
}

function rawValue(raw: JsonObject, { name, aliases }: Contract['columns'][number]): unknown {
  return [name, ...aliases].map((one) => raw[one]).find((value) => value !== undefined && value !== null);
}

/** A raw record by elements, codes and dates as the warehouse writes them. */
function fieldsOf(contract: Contract, raw: JsonObject): Fields {
  return Object.fromEntries(
    contract.columns.flatMap((column) => {
      const value = rawValue(raw, column);
      if (column.field === undefined || value === undefined) return [];
      const text = String(value).trim();
      if (column.type === 'date') return [[column.field, isoDay(text)]];
      return [[column.field, column.codes?.get(text) ?? text]];
    }),
  );
}

function isoDay(text: string): string | null {
  const parts = /^(\d{4})\D?(\d{1,2})\D?(\d{1,2})/.exec(text);
  return parts ? `${parts[1]}-${parts[2]!.padStart(2, '0')}-${parts[3]!.padStart(2, '0')}` : null;
}

/** The values of a block that a description has; undefined when it says nothing. */
export function blockKey(block: Block, value: string | null | undefined): string | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  if (block.as === 'enterpriseName') return enterpriseName(value).key || undefined;
  if (block.as === 'address') return parseAddress(value).key || undefined;
  return block.head === undefined ? value : value.length < block.head ? undefined : value.slice(0, block.head);
}

/** Golden rows that share a block with some record, by each block's key: what the records are then held against. */
export interface Blocks {
  /** Rows worth comparing with a record, by key. */
  near(fields: Fields): readonly { readonly key: string; readonly fields: Fields }[];
}

/**
 * Reads the golden rows that share a block with any of the records. Blocks on a name's or an address's key read that one column of
 * the whole table, in chunks.
 */
export async function readBlocks(
  sql: SqlSession,
  entity: Entity,
  rule: MatchRule,
  records: readonly KeylessRecord[],
): Promise<Blocks> {
  const key = ident(entity.key[0]!);
  const table = goldenTable(entity);
  const breathe = createBreath();
  const wanted = new Map<Block, Set<string>>();
  const hits = new Set<string>();
  for (const block of rule.blocks) {
    const values = new Set(records.flatMap(({ fields }) => blockKey(block, fields[block.field]) ?? []));
    wanted.set(block, values);
    if (values.size === 0) continue;
    const column = `${ident(block.field)}::VARCHAR`;
    if (block.as === undefined) {
      const sign = block.head === undefined ? column : `left(${column}, ${block.head})`;
      const rows = await sql.all<{ key: string }>(
        `SELECT ${key}::VARCHAR AS key FROM ${table} WHERE ${sign} IN (SELECT unnest(from_json($1, '["VARCHAR"]')))`,
        [JSON.stringify([...values])],
      );
      for (const row of rows) hits.add(row.key);
      continue;
    }
    const select = `SELECT ${key}::VARCHAR AS key, ${column} AS "value" FROM ${table} WHERE ${key} > $1 AND ${column} IS NOT NULL ORDER BY ${key} LIMIT ${CHUNK}`;
    for (let after = ''; ; ) {
      const rows = await sql.all<{ key: string; value: string }>(select, [after]);
      for (const row of rows) {
        if (values.has(blockKey(block, row.value) ?? '')) hits.add(row.key);
        await breathe();
      }
      if (rows.length < CHUNK) break;
      after = rows.at(-1)!.key;
    }
  }
  const columns = [...rule.features.keys()].filter((field) => entity.elements.some((one) => one.field === field));
  const rows = await sql.all<Record<string, string | null> & { ':key': string }>(
    `SELECT ${key}::VARCHAR AS ":key", ${columns.map((field) => `${ident(field)}::VARCHAR AS ${ident(field)}`).join(', ')}
     FROM ${table} WHERE ${key}::VARCHAR IN (SELECT unnest(from_json($1, '["VARCHAR"]'))) ORDER BY 1`,
    [JSON.stringify([...hits])],
  );
  const index = new Map<string, { key: string; fields: Fields }[]>();
  const described = rows.map(({ ':key': name, ...fields }) => ({ key: name, fields }));
  for (const [i, block] of rule.blocks.entries()) {
    for (const one of described) {
      await breathe();
      const value = blockKey(block, one.fields[block.field]);
      if (value === undefined || !wanted.get(block)!.has(value)) continue;
      const shelf = index.get(`${i}:${value}`);
      if (shelf) shelf.push(one);
      else index.set(`${i}:${value}`, [one]);
    }
  }
  return {
    near: (fields) => {
      const near = rule.blocks.flatMap((block, i) => index.get(`${i}:${blockKey(block, fields[block.field])}`) ?? []);
      return [...new Set(near)];
    },
  };
}

const CHUNK = 5_000;
