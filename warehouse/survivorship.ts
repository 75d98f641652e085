// Long because it is one idea: the SQL that chooses each field of a golden record among its sources.
import type { Element, Entity } from '../core/catalogue.ts';
import { type Contract, datasetName } from './contract.ts';
import { sqlType, stagedFields } from './contract-sql.ts';
import { CONFIRMATION, CONFLICT_BIT, type SourceCode } from './source-codes.ts';
import { ident, literal } from './sql-text.ts';
import { currentVersions, knownVersions, NEWEST } from './versions.ts';

/** Another source's value counts as newer only when it was observed this much later: departments hear of a change days apart. */
export const GRACE_DAYS = 7;

export interface SurvivorshipOptions {
  readonly entity: Entity;
  /** The contracts of the datasets that speak of the entity. */
  readonly contracts: readonly Contract[];
  readonly sources: ReadonlyMap<string, SourceCode>;
  /** The civil day on which age is judged, `YYYY-MM-DD`; with `moments` each row's own `_at` is. */
  readonly asOf: string;
  /**
   * Table with the key columns and `_at`, a civil day: a row for each of these days, as the entity was known at its end. The rows
   * carry `_at`, and so must `confirmed`.
   */
  readonly moments?: string;
  /** Table with the key columns: only these entities. */
  readonly only?: string;
  /** Table with the key columns: not these entities. */
  readonly except?: string;
  /** True when two keys of the entity count as one: a dataset may then have two records of it. */
  readonly merged?: boolean;
  /** Table `key, field, value, at, _batch, _row` of standing confirmations; absent: nothing was confirmed for these keys. */
  readonly confirmed?: string;
  /** Civil time: only what had been received by then, for history. */
  readonly receivedUntil?: string;
}

/** What one dataset says about one field. */
interface Candidate {
  /** Alias of the dataset's latest records in the join. */
  readonly side: string;
  readonly source: string;
  readonly code: number;
  readonly aspect: boolean;
}

interface Side {
  readonly alias: string;
  readonly contract: Contract;
  readonly code: number;
}

/**
 * The SELECT of an entity's golden rows. Per element `f`: `f`, `f_s` (source code, bit 7 = another source says otherwise), `f_o`
 * (observed); then `_batch`, `_row` of the record that vouches for the key, and `_conflicts` (the values that lost where bit 7 is
 * set).
 *
 * The choice, per field:
 * 1. A confirmation beats every observation that is not later than it. Of later ones, the first-ranked source's takes over when it
 *    says something else than it said before the confirmation: the record may be newer for another field's sake. Others, and
 *    repetitions, take over only once the confirmation is older than the element's time to live.
 * 2. Else the highest-ranked source that has a value; but one within the time to live beats one that is older. Equal ranks (two
 *    datasets of one source): the later observation, then the dataset's name.
 * 3. The conflict bit stands when another source says something else within the time to live, and either its observation is more
 *    than GRACE_DAYS newer than the chosen one, or the chosen one is not the first-ranked source's, or the other one is the element's
 *    usual value: where nearly everyone has it, a rarer code is more often a slip of the first source than the other is wrong.
 * An optional field that nobody fills carries the best source that knows the entity: a blank that someone observed.
 */
export function goldenSelect(options: SurvivorshipOptions): string {
  const { entity, contracts, sources } = options;
  const sides = contracts.map(
    (contract, i): Side => ({ alias: `s${i}`, contract, code: sources.get(contract.source)!.code }),
  );
  const keys = rowKey(options);
  const keyList = keys.join(', ');
  const fields = entity.elements.filter((element) => !entity.key.includes(element.field));
  const chosen = fields.map((element) => choiceOf(element, candidatesOf(element, sides), options));
  const keySides = sidesOfKey(entity, sides);
  const record = keyRecord(keySides, options);

  const latest = sides.map(({ alias, contract }) => `${alias} AS (${latestSelect(contract, entity, options)})`);
  const isConfirmed = options.confirmed !== undefined;
  const before = isConfirmed ? sides.flatMap((side) => beforeConfirmation(side, sides, options)) : [];
  const confirmed =
    options.confirmed === undefined
      ? []
      : [`c AS (${confirmationPivot(options, options.confirmed)})`, ...before.map(({ cte }) => cte)];
  const keySelects = [...keySides.map(({ alias }) => alias), ...(isConfirmed ? ['c'] : [])];
  const joins = [
    ...sides.map(({ alias }) => alias),
    ...(isConfirmed ? ['c'] : []),
    ...before.map(({ alias }) => alias),
  ];
  return `
WITH ${[...latest, ...confirmed].join(', ')},
k AS (${keySelects.map((alias) => `SELECT ${keyList} FROM ${alias}`).join(' UNION ')}),
chosen AS (
  SELECT ${keys.map((key) => `k.${key}`).join(', ')}, ${[
    ...sides.map(({ alias }) => `${alias}._observed AS ${alias}_o`),
    ...chosen.flatMap((choice) => choice.columns),
    ...record,
  ].join(',\n    ')}
  FROM k ${joins.map((alias) => `LEFT JOIN ${alias} USING (${keyList})`).join(' ')}
),
valued AS (SELECT *, ${[`CASE _record ${keySides.map(({ alias, code }) => `WHEN ${literal(alias)} THEN ${code}`).join(' ')} ELSE ${sources.get(CONFIRMATION)!.code} END AS _key_s`, ...chosen.flatMap((choice) => choice.values)].join(',\n    ')} FROM chosen WHERE _exists),
doubted AS (SELECT *, ${['true AS _any', ...chosen.flatMap((choice) => choice.doubts)].join(',\n    ')} FROM valued)
SELECT ${[
    ...(options.moments === undefined ? [] : ['_at']),
    ...entity.elements.flatMap((element) =>
      entity.key.includes(element.field)
        ? [
            ident(element.field),
            `_key_s::UTINYINT AS ${ident(`${element.field}_s`)}`,
            `_key_o::DATE AS ${ident(`${element.field}_o`)}`,
          ]
        : chosen.find((choice) => choice.field === element.field)!.result,
    ),
    '_key_batch AS _batch',
    '_key_row AS _row',
    `${conflictList(chosen)} AS _conflicts`,
  ].join(',\n  ')}
FROM doubted`;
}

/** The columns of an entity's golden table, in order. */
export function goldenDdl(entity: Entity, table: string): string {
  const columns = entity.elements.flatMap(({ field, type }) => [
    `${ident(field)} ${sqlType(type)}`,
    `${ident(`${field}_s`)} UTINYINT`,
    `${ident(`${field}_o`)} DATE`,
  ]);
  return `CREATE OR REPLACE TABLE ${table} (${columns.join(', ')}, _batch BIGINT, _row INTEGER, _conflicts ${CONFLICTS})`;
}

/** The first moment of the oldest day that is still within a time to live. */
export function freshSince(asOf: string, ttlDays: number): string {
  return `(DATE ${literal(asOf)} - ${ttlDays})::TIMESTAMP`;
}

/** The columns that tell one row of the result from another. */
function rowKey({ entity, moments }: Pick<SurvivorshipOptions, 'entity' | 'moments'>): string[] {
  return [...entity.key.map(ident), ...(moments === undefined ? [] : ['_at'])];
}

/** The first moment of the oldest day that is within a time to live on the day for which a row stands. */
function freshOn({ asOf, moments }: SurvivorshipOptions, ttlDays: number): string {
  return moments === undefined ? freshSince(asOf, ttlDays) : `(_at - ${ttlDays})::TIMESTAMP`;
}

/** Datasets of the sources that may say that the entity exists, registers in order of authority, then aspects. */
function sidesOfKey(entity: Entity, sides: readonly Side[]): readonly Side[] {
  const order = entity.elements.find((element) => element.field === entity.key[0])!.sources;
  return sides
    .filter(({ contract }) => order.includes(contract.source))
    .toSorted(
      (a, b) =>
        Number(a.contract.aspect) - Number(b.contract.aspect) ||
        order.indexOf(a.contract.source) - order.indexOf(b.contract.source),
    );
}

/** `_exists`, and which record vouches for the key: its side, time, batch and line. */
function keyRecord(sides: readonly Side[], { confirmed, entity }: SurvivorshipOptions): string[] {
  const here = ({ alias }: Side) => `${alias}._observed IS NOT NULL`;
  const live = (side: Side) => `${here(side)} AND NOT ${side.alias}._deleted`;
  const registers = sides.filter(({ contract }) => !contract.aspect);
  const aspects = sides.filter(({ contract }) => contract.aspect);
  const bySources = `CASE ${registers.map((side) => `WHEN ${here(side)} THEN NOT ${side.alias}._deleted`).join(' ')} ELSE ${
    aspects.length === 0 ? 'false' : aspects.map((side) => `(${live(side)})`).join(' OR ')
  } END`;
  const pick = (column: string, last: string) =>
    `CASE ${sides.map((side) => `WHEN ${live(side)} THEN ${column.replace('?', side.alias)}`).join(' ')} ELSE ${last} END`;
  if (confirmed === undefined) {
    return [
      `${bySources} AS _exists`,
      `CASE ${sides.map((side) => `WHEN ${live(side)} THEN ${literal(side.alias)}`).join(' ')} END AS _record`,
      `${pick('?._observed', 'NULL')} AS _key_o`,
      `${pick('?._batch', 'NULL')} AS _key_batch`,
      `${pick('?._row', 'NULL')} AS _key_row`,
    ];
  }
  const [at, value] = [ident(`at:${entity.key[0]}`), ident(`is:${entity.key[0]}`)];
  const first = registers[0];
  const later = first ? `coalesce(${first.alias}._observed > c.${at}, false)` : 'false';
  return [
    `CASE WHEN c.${at} IS NOT NULL AND NOT ${later} THEN c.${value} IS NOT NULL ELSE ${bySources} END AS _exists`,
    `CASE ${sides.map((side) => `WHEN ${live(side)} THEN ${literal(side.alias)}`).join(' ')} ELSE 'c' END AS _record`,
    `${pick('?._observed', `c.${at}`)} AS _key_o`,
    `${pick('?._batch', 'c._batch')} AS _key_batch`,
    `${pick('?._row', 'c._row')} AS _key_row`,
  ];
}

function candidatesOf(element: Element, sides: readonly Side[]): Candidate[] {
  const rank = (source: string) => {
    const at = element.sources.indexOf(source);
    return at < 0 ? element.sources.length : at;
  };
  return sides
    .filter(({ contract }) => stagedFields(contract).some(({ field }) => field === element.field))
    .toSorted(
      (a, b) =>
        rank(a.contract.source) - rank(b.contract.source) ||
        (datasetName(a.contract) < datasetName(b.contract) ? -1 : 1),
    )
    .map(({ alias, contract, code }) => ({ side: alias, source: contract.source, code, aspect: contract.aspect }));
}

interface Choice {
  readonly field: string;
  /** Layer one: who is chosen (`n:f`), beside the values. */
  readonly columns: readonly string[];
  /** Layer two: the chosen value's time (`o:f`) and value (`v:f`). */
  readonly values: readonly string[];
  /** Layer three: who says otherwise (`d<i>:f`). */
  readonly doubts: readonly string[];
  /** Last layer: `f`, `f_s`, `f_o`. */
  readonly result: readonly string[];
  readonly conflicts: readonly { readonly doubt: string; readonly entry: string }[];
}

/** Number of the chosen candidate in `n:f`: 1 … k by rank, BLANK + i for an observed blank, 0 for a confirmation. */
const BLANK = 100;

function choiceOf(element: Element, candidates: readonly Candidate[], options: SurvivorshipOptions): Choice {
  const { field } = element;
  const name = (prefix: string) => ident(`${prefix}:${field}`);
  const value = (i: number) => name(`v${i}`);
  const observed = (i: number) => `${candidates[i]!.side}_o`;
  const f = ident(field);
  const confirmed = options.confirmed !== undefined;
  const type = sqlType(element.type);
  const since = element.ttlDays === undefined ? null : freshOn(options, element.ttlDays);

  const says = candidates.map(({ side, aspect }) => {
    const has =
      element.optional && aspect ? `(${side}.${f} IS NOT NULL OR ${side}._deleted)` : `${side}.${f} IS NOT NULL`;
    return confirmed ? `${has} AND (c.${name('at')} IS NULL OR ${side}._observed > c.${name('at')})` : has;
  });
  const fresh = candidates.map(({ side }) => (since === null ? 'true' : `${side}._observed >= ${since}`));
  const knows = candidates.map(({ side, aspect }) =>
    aspect ? `${side}._observed IS NOT NULL` : `${side}._observed IS NOT NULL AND NOT ${side}._deleted`,
  );
  const order = candidates.map((_, i) => i);
  const pick = (conditions: readonly string[], shift = 1) => pickInOrder(candidates, order, conditions, shift);
  const bothSay = candidates.map((_, i) => `${says[i]} AND ${fresh[i]}`);
  const arms = [
    ...(confirmed ? [confirmationArm(element, since, says, candidates)] : []),
    ...(since === null ? [] : pick(bothSay)),
    ...pick(says),
    ...(element.optional ? pick(knows, BLANK + 1) : []),
  ];
  const single = candidates.length <= 1;
  const doubts = single
    ? []
    : order.map((i) => {
        const differs = differ(element, value(i), name('v'));
        const firstRanked = order.filter((j) => candidates[j]!.source === candidates[0]!.source).map((j) => j + 1);
        // While a confirmation lives, the dispute that it settled stays settled.
        const settled = confirmed
          ? `AND (${name('at')} IS NULL${since === null ? '' : ` OR ${name('at')} < ${since}`})`
          : '';
        const usual = element.usual === undefined ? '' : ` OR ${value(i)} = ${literal(element.usual)}`;
        return `coalesce(${name(`h${i}`)} ${settled} AND ${name('n')} BETWEEN 1 AND ${BLANK - 1} AND (${name('n')} NOT IN (${firstRanked.join(', ')}) OR ${observed(i)} > ${name('o')} + INTERVAL ${GRACE_DAYS} DAY${usual}) AND ${differs}, false) AS ${name(`d${i}`)}`;
      });
  const anyDoubt = doubts.length === 0 ? 'false' : order.map((i) => name(`d${i}`)).join(' OR ');
  const code = `CASE ${[
    ...(confirmed ? [`WHEN ${name('n')} = 0 THEN ${options.sources.get(CONFIRMATION)!.code}`] : []),
    ...candidates.map((c, i) => `WHEN ${name('n')} IN (${i + 1}, ${BLANK + i + 1}) THEN ${c.code}`),
  ].join(' ')} END`;
  const nothing = candidates.length === 0 && !confirmed;
  return {
    field,
    columns: [
      ...candidates.map(({ side }, i) => `${side}.${f} AS ${value(i)}`),
      ...(single ? [] : order.map((i) => `coalesce(${bothSay[i]}, false) AS ${name(`h${i}`)}`)),
      ...(confirmed ? [`c.${name('at')} AS ${name('at')}`, `c.${name('is')} AS ${name('is')}`] : []),
      nothing ? `NULL::UTINYINT AS ${name('n')}` : `(CASE ${arms.join(' ')} END)::UTINYINT AS ${name('n')}`,
    ],
    values: nothing
      ? [`NULL::${type} AS ${name('v')}`, `NULL::TIMESTAMP AS ${name('o')}`]
      : [
          `CASE ${name('n')} ${[...(confirmed ? [`WHEN 0 THEN ${name('is')}`] : []), ...order.map((i) => `WHEN ${i + 1} THEN ${value(i)}`)].join(' ')} END AS ${name('v')}`,
          `CASE ${[...(confirmed ? [`WHEN ${name('n')} = 0 THEN ${name('at')}`] : []), ...order.map((i) => `WHEN ${name('n')} IN (${i + 1}, ${BLANK + i + 1}) THEN ${observed(i)}`)].join(' ')} END AS ${name('o')}`,
        ],
    doubts,
    result: [
      `${name('v')} AS ${f}`,
      nothing
        ? `NULL::UTINYINT AS ${ident(`${field}_s`)}`
        : `(${code}${doubts.length === 0 ? '' : ` + CASE WHEN ${anyDoubt} THEN ${CONFLICT_BIT} ELSE 0 END`})::UTINYINT AS ${ident(`${field}_s`)}`,
      `${name('o')}::DATE AS ${ident(`${field}_o`)}`,
    ],
    conflicts: doubts.map((_, i) => ({
      doubt: name(`d${i}`),
      entry: `{'field': ${literal(field)}, 'source': ${literal(candidates[i]!.source)}, 'value': ${value(i)}::VARCHAR, 'observed': ${observed(i)}::DATE}`,
    })),
  };
}

/** CASE arms that pick the first candidate in rank order; among equal ranks the later observation. */
function pickInOrder(
  candidates: readonly Candidate[],
  order: readonly number[],
  conditions: readonly string[],
  shift: number,
): string[] {
  return order.map((i) => {
    const { side, source } = candidates[i]!;
    const laterPeers = order
      .filter((j) => j > i && candidates[j]!.source === source)
      .map((j) => `NOT coalesce(${conditions[j]} AND ${candidates[j]!.side}._observed > ${side}._observed, false)`);
    return `WHEN ${[conditions[i], ...laterPeers].join(' AND ')} THEN ${i + shift}`;
  });
}

/** When the confirmation holds: the first-ranked source has no news, and it is within its time to live or nobody spoke later. */
function confirmationArm(
  element: Element,
  since: string | null,
  says: readonly string[],
  candidates: readonly Candidate[],
): string {
  const at = `c.${ident(`at:${element.field}`)}`;
  const no = (of: readonly string[]) =>
    of.length === 0 ? 'true' : of.map((say) => `NOT coalesce(${say}, false)`).join(' AND ');
  const news = says.flatMap((say, i) => {
    const { side, source } = candidates[i]!;
    if (source !== candidates[0]!.source) return [];
    const field = ident(element.field);
    const changed = differ(element, `${side}.${field}`, `${beforeAlias(side)}.${field}`);
    return [`${say} AND (${side}.${field} IS NULL OR ${changed})`];
  });
  const lasting = since === null ? 'true' : `(${at} >= ${since} OR (${no(says)}))`;
  return `WHEN ${at} IS NOT NULL AND ${no(news)} AND ${lasting} THEN 0`;
}

/** Two values say different things; texts are compared without width, case and blanks. */
function differ(element: Element, a: string, b: string): string {
  if (element.type !== 'text') return `${a} IS DISTINCT FROM ${b}`;
  return `CASE WHEN ${a} IS NOT DISTINCT FROM ${b} THEN false WHEN ${a} IS NULL OR ${b} IS NULL THEN true ELSE fo_same_text(${a}) <> fo_same_text(${b}) END`;
}

function beforeAlias(side: string): string {
  return `${side}_before`;
}

/** What a dataset said last of each field before the field was confirmed, for the fields in which its source ranks first. */
function beforeConfirmation(
  side: Side,
  sides: readonly Side[],
  options: SurvivorshipOptions,
): { alias: string; cte: string }[] {
  const { contract } = side;
  const { entity } = options;
  const keys = rowKey(options);
  const fields = entity.elements
    .filter((element) => {
      const candidates = candidatesOf(element, sides);
      const first = candidates[0]?.source === contract.source && candidates.some((one) => one.side === side.alias);
      return first && !entity.key.includes(element.field);
    })
    .map(
      ({ field }) =>
        `arg_max(v.${ident(field)}, v._place) FILTER (v._observed <= c.${ident(`at:${field}`)}) AS ${ident(field)}`,
    );
  if (fields.length === 0) return [];
  const alias = beforeAlias(side.alias);
  return [
    {
      alias,
      cte: `${alias} AS (
  SELECT ${keys.map((key) => `v.${key}`).join(', ')}, ${fields.join(', ')}
  FROM (SELECT *, {'o': _observed, 's': _seq, 'r': _row} AS _place FROM ${knownVersions(contract, options)} WHERE NOT _deleted) v
  JOIN c USING (${keys.join(', ')}) GROUP BY ALL)`,
    },
  ];
}

const CONFLICTS = 'STRUCT(field VARCHAR, source VARCHAR, "value" VARCHAR, observed DATE)[]';

/** The values that lost, as a list, made only for rows in which some field is in doubt. */
function conflictList(chosen: readonly Choice[]): string {
  const conflicts = chosen.flatMap((choice) => choice.conflicts);
  if (conflicts.length === 0) return `NULL::${CONFLICTS}`;
  const entries = conflicts.map(({ doubt, entry }) => `CASE WHEN ${doubt} THEN ${entry} END`);
  return `CASE WHEN ${conflicts.map(({ doubt }) => doubt).join(' OR ')} THEN list_filter([${entries.join(', ')}], lambda e: e IS NOT NULL)::${CONFLICTS} END`;
}

/** A dataset's latest record per key; a record that its source took back keeps its key and says nothing. */
function latestSelect(contract: Contract, entity: Entity, options: SurvivorshipOptions): string {
  const keys = rowKey(options).join(', ');
  const fields = stagedFields(contract)
    .filter(({ field }) => !entity.key.includes(field))
    .map(({ field }) =>
      contract.deletedWhen ? `CASE WHEN _deleted THEN NULL ELSE ${ident(field)} END AS ${ident(field)}` : ident(field),
    );
  const columns = [keys, ...fields, '_observed', '_deleted', '_batch', '_row'].join(', ');
  const current = currentVersions(contract, options);
  // Several records of one entity (leases of a dwelling, two keys that were merged): a live one before one that ended, then the newest.
  const one = `QUALIFY row_number() OVER (PARTITION BY ${keys} ORDER BY _deleted, ${NEWEST}) = 1`;
  const { merged = false, moments, receivedUntil } = options;
  const several = contract.recordKey !== undefined || merged || moments !== undefined || receivedUntil !== undefined;
  return `SELECT ${columns} FROM ${current} ${restriction(keys, options)} ${several ? one : ''}`;
}

function restriction(keys: string, { only, except }: SurvivorshipOptions): string {
  return `${only === undefined ? '' : ` SEMI JOIN ${only} USING (${keys})`}${except === undefined ? '' : ` ANTI JOIN ${except} USING (${keys})`}`;
}

/** One row per confirmed key: `is:f` and `at:f` for every field, `_batch` and `_row` of the newest confirmation. */
function confirmationPivot({ entity, moments }: SurvivorshipOptions, table: string): string {
  const keys = entity.key.map((key, i) => {
    const text = entity.key.length === 1 ? 'key' : `split_part(key, '|', ${i + 1})`;
    const element = entity.elements.find(({ field }) => field === key)!;
    return `CAST(${text} AS ${sqlType(element.type)}) AS ${ident(key)}`;
  });
  const fields = entity.elements.flatMap(({ field, type }) => [
    `TRY_CAST(max(value) FILTER (field = ${literal(field)}) AS ${sqlType(type)}) AS ${ident(`is:${field}`)}`,
    `max("at") FILTER (field = ${literal(field)}) AS ${ident(`at:${field}`)}`,
  ]);
  const at = moments === undefined ? '' : ', _at';
  // Of several in one breath always the same one: a rebuild is to end in the same bytes.
  const newest = ['_batch', '_row'].map((column) => `arg_max(${column}, row("at", _batch, _row)) AS ${column}`);
  return `SELECT ${[...keys, ...fields, ...newest].join(', ')}${at} FROM ${table} GROUP BY key${at}`;
}
