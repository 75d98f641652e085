import type { ElementType } from '../core/catalogue.ts';
import type { Contract, ContractColumn, ContractRule } from './contract.ts';
import { ident, literal } from './sql-text.ts';

const SQL_TYPES: Readonly<Record<ElementType, string>> = {
  text: 'VARCHAR',
  code: 'VARCHAR',
  integer: 'INTEGER',
  // Sums of decimals are exact and the same in whatever order threads add them; six places serve coordinates.
  decimal: 'DECIMAL(18, 6)',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  boolean: 'BOOLEAN',
};

/** The column type of an element in staged tables and marts. */
export function sqlType(type: ElementType): string {
  return SQL_TYPES[type];
}

/** A longer record cannot be read; DuckDB reads in pieces of twice this size. */
const MOST_RECORD_BYTES = 1_048_576;

const CHECK_MACROS = { idNumber: 'fo_is_id_number', creditCode: 'fo_is_credit_code', phone: 'fo_is_phone' } as const;

/** Fields of a contract's staged table, in contract order. */
export function stagedFields(contract: Contract): (ContractColumn & { readonly field: string })[] {
  return contract.columns.flatMap((column) => (column.field === undefined ? [] : [{ ...column, field: column.field }]));
}

/** Bit of a column, or of a rule behind the columns, in `_fatal` and `_soft`. */
export function bitOf(contract: Contract, of: ContractColumn | ContractRule): bigint {
  const column = contract.columns.indexOf(of as ContractColumn);
  return 1n << BigInt(column >= 0 ? column : contract.columns.length + contract.rules.indexOf(of as ContractRule));
}

/**
 * SELECT that reads NDJSON files under a contract, one row per line: `_file`, `_at` (grows with the line within a file), the fields,
 * `_observed`, `_deleted`, `_version` (hash of what the record says), `_fatal` and `_soft` (a bit per broken column or rule),
 * `_shape` (hash of the record's column names) and `_raw` of broken rows.
 *
 * Lines are counted while they are read. A table made from the file does not keep its order when another connection is at work
 * (DuckDB 1.5.5: 30 of 40 tables of 39,000 rows came out with pieces exchanged), so rowid says nothing.
 */
export function checkedSelect(contract: Contract, files: readonly string[]): string {
  const { columns, rules } = contract;
  const fields = stagedFields(contract).map((column) => `${ident(column.name)} AS ${ident(`f:${column.field}`)}`);
  const deleted = deletedCondition(contract);
  const versionParts = [
    ...stagedFields(contract).map(({ field }) => ident(`f:${field}`)),
    '_observed',
    '_deleted',
  ].join(', ');
  const keyNames = new Set(columns.filter((c) => c.field && contract.key.includes(c.field)).map((c) => c.name));
  const fatal = [
    ...columns.flatMap((column) => {
      if (column.required) {
        const always = keyNames.has(column.name) || column.name === contract.observedAt;
        const broken = `${ident(column.name)} IS NULL`;
        return [bitWhen(contract, column, always ? broken : `${broken} AND NOT _deleted`)];
      }
      return column.onBad === 'discard_value' ? [] : [bitWhen(contract, column, badValue(column))];
    }),
    ...rules
      .filter((rule) => rule.severity === 'discard_row')
      .map((rule) => bitWhen(contract, rule, `NOT (${rule.sql}) AND NOT _deleted`)),
  ];
  const soft = [
    ...columns
      .filter((column) => !column.required && column.onBad === 'discard_value')
      .map((column) => bitWhen(contract, column, badValue(column))),
    ...rules.filter((rule) => rule.severity === 'warn').map((rule) => bitWhen(contract, rule, `NOT (${rule.sql})`)),
  ];
  return `
SELECT _file, _at, _shape, ${stagedFields(contract)
    .map((column) => `${ident(`f:${column.field}`)} AS ${ident(column.field)}`)
    .join(
      ', ',
    )}, _observed, _deleted, hash(${versionParts}) AS _version, _fatal, _soft, CASE WHEN _fatal <> 0 OR _soft <> 0 THEN _json END AS _raw
FROM (
  SELECT _file, _at, _json, _shape, _deleted, ${fields.join(', ')},
    ${contract.observedAt === undefined ? 'NULL::TIMESTAMP' : `CAST(${ident(contract.observedAt)} AS TIMESTAMP)`} AS _observed,
    ${sum(fatal)} AS _fatal, ${sum(soft)} AS _soft
  FROM (
    SELECT _file, _at, _json, _shape, ${deleted} AS _deleted, ${columns.map((c) => raw(c)).join(', ')},
      ${columns.map((column) => `${valueSql(column)} AS ${ident(column.name)}`).join(',\n      ')}
    FROM (
      SELECT _file, _at, _json, _shape,
        ${columns.map((column) => `${trimmedSql(column)} AS ${raw(column)}`).join(', ')}
      FROM (
        SELECT filename AS _file, row_number() OVER () AS _at, json AS _json, hash(json_keys(json)) AS _shape, json_transform(json, ${recordShape(contract)}) AS _r
        FROM read_json_objects([${files.map(literal).join(', ')}], format = 'newline_delimited', filename = true,
          maximum_object_size = ${MOST_RECORD_BYTES})
      )
    )
  )
)`;
}

/**
 * SELECT of one row per broken rule of the rows in table `bad` (`_at`, `_raw`, `_bits`): `_at`, `column`, `rule`
 * (`<column>:required`, `:type`, `:code`, `:range`, `:pattern`, `:check`, or a row rule's id) and the raw `value`.
 */
export function brokenRulesSelect(contract: Contract): string {
  const columns = contract.columns.map(
    (column) =>
      `CASE WHEN ${hasBit(contract, column)} THEN {'column': ${literal(column.name)}, 'rule': ${literal(`${column.name}:`)} || ${reasonSql(column)}, 'value': ${raw(column)}} END`,
  );
  const rules = contract.rules.map(
    (rule) =>
      `CASE WHEN ${hasBit(contract, rule)} THEN {'column': NULL::VARCHAR, 'rule': ${literal(rule.id)}, 'value': NULL::VARCHAR} END`,
  );
  return `
SELECT _at, _broken."column" AS "column", _broken.rule AS rule, _broken."value" AS "value"
FROM (
  SELECT _at, unnest(list_filter([${[...columns, ...rules].join(', ')}], lambda b: b IS NOT NULL)) AS _broken
  FROM (
    SELECT _at, _bits, ${contract.columns.map((column) => `${trimmedSql(column)} AS ${raw(column)}`).join(', ')}
    FROM (SELECT _at, _bits, json_transform(_raw, ${recordShape(contract)}) AS _r FROM bad)
  )
)`;
}

/** Every name under which the contract knows a column. */
export function knownNames(contract: Contract): string[] {
  return contract.columns.flatMap((column) => [column.name, ...column.aliases]);
}

function raw(column: ContractColumn): string {
  return ident(`raw:${column.name}`);
}

function recordShape(contract: Contract): string {
  return literal(JSON.stringify(Object.fromEntries(knownNames(contract).map((name) => [name, 'VARCHAR']))));
}

function trimmedSql(column: ContractColumn): string {
  const names = [column.name, ...column.aliases].map((name) => `_r.${ident(name)}`);
  return `fo_text(${names.length === 1 ? names[0] : `coalesce(${names.join(', ')})`})`;
}

function deletedCondition(contract: Contract): string {
  const mark = contract.deletedWhen;
  if (!mark) return 'false';
  return `coalesce(lower(${ident(`raw:${mark.column}`)}) = ${literal(mark.equals.toLowerCase())}, false)`;
}

/** What the raw text says, before ranges and checks. */
function readSql(column: ContractColumn): string {
  const text = raw(column);
  switch (column.type) {
    case 'text':
      if (column.check === 'idNumber' || column.check === 'creditCode') return `upper(${text})`;
      return column.check === 'phone' ? `replace(${text}, ' ', '')` : text;
    case 'code':
      return codeSql(text, column.codes ?? new Map());
    case 'date':
      return column.format === 'yyyymmdd' ? `fo_date8(${text})` : `fo_date(${text})`;
    case 'timestamp':
      return column.format === 'yyyymmddhhmmss' ? `fo_timestamp14(${text})` : `fo_timestamp(${text})`;
    default:
      return `fo_${column.type}(${text})`;
  }
}

function codeSql(text: string, codes: ReadonlyMap<string, string>): string {
  const entries = [...codes];
  if (entries.every(([code, value]) => code === value)) {
    return `CASE WHEN ${text} IN (${entries.map(([code]) => literal(code)).join(', ')}) THEN ${text} END`;
  }
  return `CASE ${text} ${entries.map(([code, value]) => `WHEN ${literal(code)} THEN ${literal(value)}`).join(' ')} END`;
}

function valueSql(column: ContractColumn): string {
  const read = readSql(column);
  const promises = promisesOf(column, read).map(([, holds]) => holds);
  return promises.length === 0 ? read : `CASE WHEN ${promises.join(' AND ')} THEN ${read} END`;
}

function promisesOf(column: ContractColumn, read: string): ['range' | 'pattern' | 'check', string][] {
  return [
    ...(column.min === undefined ? [] : [['range', `${read} >= ${column.min}`] as ['range', string]]),
    ...(column.max === undefined ? [] : [['range', `${read} <= ${column.max}`] as ['range', string]]),
    ...(column.pattern === undefined
      ? []
      : [['pattern', `regexp_full_match(${read}, ${literal(column.pattern)})`] as ['pattern', string]]),
    ...(column.check === undefined ? [] : [['check', `${CHECK_MACROS[column.check]}(${read})`] as ['check', string]]),
  ];
}

function reasonSql(column: ContractColumn): string {
  const read = readSql(column);
  const broken = promisesOf(column, read).map(([what, holds]) => `WHEN NOT (${holds}) THEN ${literal(what)}`);
  const unread = column.type === 'code' ? 'code' : 'type';
  return `CASE WHEN ${raw(column)} IS NULL THEN 'required' WHEN ${read} IS NULL THEN ${literal(unread)} ${broken.join(' ')} ELSE 'check' END`;
}

function badValue(column: ContractColumn): string {
  return `${raw(column)} IS NOT NULL AND ${ident(column.name)} IS NULL`;
}

function bitWhen(contract: Contract, of: ContractColumn | ContractRule, condition: string): string {
  return `CASE WHEN ${condition} THEN ${bitOf(contract, of)}::BIGINT ELSE 0 END`;
}

function hasBit(contract: Contract, of: ContractColumn | ContractRule): string {
  return `_bits & ${bitOf(contract, of)}::BIGINT <> 0`;
}

function sum(terms: readonly string[]): string {
  return terms.length === 0 ? '0::BIGINT' : terms.join('\n      + ');
}
