import type { Entity } from '../core/catalogue.ts';
import { errorText, type Message } from '../core/errors.ts';
import type { Declared } from './assets.ts';
import { type Contract, datasetName } from './contract.ts';
import { stagedFields } from './contract-sql.ts';
import { openDuckDb } from './duckdb.ts';
import { loadMartTitles, VALID_FROM, VALID_TO } from './history-mart.ts';
import type { MadeTitles } from './made-titles.ts';
import { SINCE } from './org-link.ts';
import { type ColumnMaking, type QueryColumn, queryLineage } from './query-lineage.ts';
import { contractsOf } from './refresh.ts';

/**
 * `sent`: as the source names it; `asked`: people fill it in; `read`: checked and typed by the contract; `chosen`: among sources, in the order of `from`;
 * `kept`: the warehouse's own books (batch, line, source code, time); the others: how a SELECT makes it.
 */
export type LineageStep = 'sent' | 'asked' | 'read' | 'chosen' | 'kept' | ColumnMaking;

/** One column of an asset. */
export interface LineageColumn {
  /** `mart.population.person/phone`. */
  readonly key: string;
  readonly asset: string;
  readonly column: string;
  readonly title: Message | null;
  /** The element that it carries. */
  readonly element: string | null;
  readonly step: LineageStep;
  /** Columns that it is made of; of a chosen one the sources in order of authority. */
  readonly from: readonly string[];
  /** Assets whose rows are counted for it. */
  readonly counts: readonly string[];
  readonly expression: string | null;
}

/** A SELECT over published marts (`population.person`) outside the warehouse: a cell of a form, a statistic. */
export interface MartQuery {
  /** `template.population-statistics`. */
  readonly asset: string;
  readonly sql: string;
  /** The columns that count, with their titles; others of the SELECT are left out. */
  readonly columns: ReadonlyMap<string, Message>;
  /** Cells that no SELECT fills: people do. */
  readonly asked?: ReadonlyMap<string, Message>;
}

/** A SELECT of which a column cannot be told. */
export interface UnresolvedQuery {
  readonly asset: string;
  readonly reason: string;
}

export interface ColumnLineage {
  readonly columns: readonly LineageColumn[];
  /** Queries that could not be followed; those of marts never are among them, they are refused. */
  readonly unresolved: readonly UnresolvedQuery[];
  /** Null for a key that is not there. */
  column(key: string): LineageColumn | null;
  /** Everything a column is made of, directly or not. */
  upstream(key: string): readonly LineageColumn[];
  /** Everything that is made of a column, directly or not. */
  downstream(key: string): readonly LineageColumn[];
}

const CONFIRMATION = 'platform.confirmation';
/** The warehouse's own books: its ledger, and since when a row has been what it is. */
const BOOKS = ['ledger.', 'history.'];
const isBook = (table: string) => BOOKS.some((book) => table.startsWith(book));

/**
 * Which field of which source becomes which column of which mart, and which cell of which form: read off contracts, the order of
 * authority, and the SELECTs of marts and forms themselves.
 *
 * @throws FillOnceError `warehouse.declaration` for a mart of which a column cannot be resolved
 * @example
 * const lineage = await loadLineage(loadDeclared(catalogue), []);
 * lineage.upstream('mart.economy.building/tax_12_months').map(({ key }) => key); // … 'landing.tax.tax_month/合计', …
 */
export async function loadLineage(declared: Declared, queries: readonly MartQuery[]): Promise<ColumnLineage> {
  const { plan } = declared;
  const golden = plan.catalogue.entities.flatMap((entity) =>
    goldenColumns(entity, contractsOf(plan, entity), plan.contracts),
  );
  const staged = [...plan.contracts.values()].flatMap(datasetColumns(declared));
  const marts = await queryColumns(declared, [...staged, ...golden], queries);
  return lineageOf([...staged, ...golden, ...marts.columns], marts.unresolved);
}

function lineageOf(columns: readonly LineageColumn[], unresolved: readonly UnresolvedQuery[]): ColumnLineage {
  const byKey = new Map(columns.map((column) => [column.key, column]));
  const after = new Map<string, string[]>();
  for (const { key, from } of columns) for (const one of from) after.set(one, [...(after.get(one) ?? []), key]);
  const walk = (key: string, next: (at: string) => readonly string[]): readonly LineageColumn[] => {
    const seen = new Set([key]);
    const queue = [key];
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
      for (const one of next(at)) {
        if (seen.has(one)) continue;
        seen.add(one);
        queue.push(one);
      }
    }
    seen.delete(key);
    return columns.filter((column) => seen.has(column.key));
  };
  return {
    columns,
    unresolved,
    column: (key) => byKey.get(key) ?? null,
    upstream: (key) => walk(key, (at) => byKey.get(at)?.from ?? []),
    downstream: (key) => walk(key, (at) => after.get(at) ?? []),
  };
}

type Making = Pick<LineageColumn, 'step'> & Partial<Omit<LineageColumn, 'key' | 'asset' | 'column' | 'step'>>;

function made(asset: string, column: string, of: Making): LineageColumn {
  const rest = { title: null, element: null, from: [], counts: [], expression: null, ...of };
  return { key: `${asset}/${column}`, asset, column, ...rest };
}

/** The columns of a dataset as it lands, and as it is staged. */
function datasetColumns({ plan }: Declared): (contract: Contract) => LineageColumn[] {
  return (contract) => {
    const name = datasetName(contract);
    const [landing, staged] = [`landing.${name}`, `staged.${name}`];
    const entity = contract.entity === null ? null : plan.catalogue.entity(contract.entity);
    const elementOf = (field: string | undefined) => entity?.elements.find((one) => one.field === field) ?? null;
    const about = (field: string | undefined) => {
      const element = elementOf(field);
      return { title: element?.title ?? null, element: element?.id ?? null };
    };
    const observed = contract.observedAt === undefined ? [] : [`${landing}/${contract.observedAt}`];
    const deleted = contract.deletedWhen === undefined ? [] : [`${landing}/${contract.deletedWhen.column}`];
    return [
      ...contract.columns.map((column) => made(landing, column.name, { step: 'sent', ...about(column.field) })),
      ...stagedFields(contract).map((column) =>
        made(staged, column.field, { step: 'read', from: [`${landing}/${column.name}`], ...about(column.field) }),
      ),
      made(staged, '_observed', { step: 'read', from: observed }),
      made(staged, '_deleted', { step: 'read', from: deleted }),
      ...['_batch', '_seq', '_row', '_version', '_load', '_superseded'].map((column) =>
        made(staged, column, { step: 'kept' }),
      ),
    ];
  };
}

/** The columns of an entity: each field from the datasets that speak of it, in the order in which they are believed. */
function goldenColumns(
  entity: Entity,
  contracts: readonly Contract[],
  all: ReadonlyMap<string, Contract>,
): LineageColumn[] {
  const asset = `golden.${entity.name}`;
  const confirmed = entity.kind === 'golden' && all.has(CONFIRMATION);
  const speakers = (field: string) =>
    contracts
      .filter((contract) => stagedFields(contract).some((column) => column.field === field))
      .map((contract) => ({ contract, rank: rankOf(entity, field, contract.source) }))
      .toSorted((a, b) => a.rank - b.rank || (datasetName(a.contract) < datasetName(b.contract) ? -1 : 1))
      .map(({ contract }) => `staged.${datasetName(contract)}`);
  const vouched = (column: string) => (confirmed ? [`staged.${CONFIRMATION}/${column}`] : []);
  const fields = entity.elements.flatMap((element) => {
    const { field, title, id } = element;
    const datasets = speakers(field);
    const from = [...vouched('value'), ...datasets.map((dataset) => `${dataset}/${field}`)];
    const value = made(asset, field, { step: 'chosen', title, element: id, from });
    if (entity.kind === 'event') return [value];
    const times = [...vouched('_observed'), ...datasets.map((dataset) => `${dataset}/_observed`)];
    return [
      value,
      made(asset, `${field}_s`, { step: 'kept', title: suffixed(title, '的来源', ': source'), from }),
      made(asset, `${field}_o`, { step: 'chosen', title: suffixed(title, '的观察日', ': observed'), from: times }),
    ];
  });
  const times = contracts.map((contract) => `staged.${datasetName(contract)}/_observed`);
  const own = entity.kind === 'event' ? ['_s', '_batch', '_row'] : ['_batch', '_row'];
  return [
    ...fields,
    ...(entity.kind === 'event' ? [made(asset, '_o', { step: 'read', from: times })] : []),
    ...own.map((column) => made(asset, column, { step: 'kept' })),
    ...(entity.kind === 'golden'
      ? [made(asset, '_conflicts', { step: 'chosen', from: [...new Set(fields.flatMap(({ from }) => from))] })]
      : []),
  ];
}

function rankOf(entity: Entity, field: string, source: string): number {
  const order = entity.elements.find((element) => element.field === field)?.sources ?? [];
  const at = order.indexOf(source);
  return at < 0 ? order.length : at;
}

function suffixed(title: Message, zh: string, en: string): Message {
  return { zh: `${title.zh}${zh}`, en: `${title.en}${en}` };
}

/** The columns of marts and of what reads them, each read off its SELECT. */
async function queryColumns(
  declared: Declared,
  below: readonly LineageColumn[],
  queries: readonly MartQuery[],
): Promise<{ readonly columns: readonly LineageColumn[]; readonly unresolved: readonly UnresolvedQuery[] }> {
  const { plan } = declared;
  const tables = tablesOf(declared, below);
  const db = await openDuckDb({ path: ':memory:', memoryMb: 64, threads: 1, connections: 1 });
  const read = (where: string, sql: string) =>
    db.use((session) => queryLineage(session, where, sql, (table) => tables.columnsOf(table)));
  const found: LineageColumn[] = [];
  const unresolved: UnresolvedQuery[] = [];
  try {
    const titles = loadMartTitles(plan.catalogue);
    for (const mart of declared.marts) {
      if (mart.kind === 'history') {
        const { theme, name } = plan.catalogue.entity(mart.entity!);
        found.push(
          ...historyColumns(
            `mart.${mart.id}`,
            found.filter(({ asset }) => asset === `mart.${theme}.${name}`),
            titles,
          ),
        );
        continue;
      }
      const columns = (await read(`mart.${mart.id}`, mart.select)).map((column) => {
        const own = titles.get(mart.id)?.columns.get(column.name)?.title;
        return tables.made(`mart.${mart.id}`, column, own ?? null);
      });
      found.push(...columns);
      // Other models read a made mart under its own name; entities' tables are read where they are made.
      if (mart.kind === 'made') for (const column of columns) tables.register(mart.id, column);
    }
    // From here on names mean published marts, which have `_org` and lack what is not published.
    tables.clear();
    for (const column of found) tables.register(column.asset.slice('mart.'.length), column);
    for (const { asset, sql, columns, asked } of queries) {
      for (const [name, title] of asked ?? []) found.push(made(asset, name, { step: 'asked', title }));
      try {
        const selected = (await read(asset, sql)).filter(({ name }) => columns.has(name));
        found.push(...selected.map((column) => tables.made(asset, column, columns.get(column.name)!)));
      } catch (error) {
        unresolved.push({ asset, reason: errorText(error) });
      }
    }
  } finally {
    await db.close();
  }
  return { columns: found, unresolved };
}

/** An earlier row is made as the standing one is; the days of its span come from the ledger. */
function historyColumns(asset: string, standing: readonly LineageColumn[], titles: MadeTitles): LineageColumn[] {
  const own = titles.get(asset.slice('mart.'.length))?.columns;
  return [
    ...standing.filter(({ column }) => column !== SINCE).map((of) => ({ ...of, key: `${asset}/${of.column}`, asset })),
    ...[VALID_FROM, VALID_TO].map((column) =>
      made(asset, column, { step: 'kept', title: own?.get(column)?.title ?? null }),
    ),
  ];
}

/** What a SELECT may name, and the columns of assets behind the names. */
function tablesOf({ plan }: Declared, below: readonly LineageColumn[]) {
  const columns = new Map<string, string[]>();
  const assets = new Map<string, string>();
  const elements = new Map<string, string>();
  const register = (table: string, column: LineageColumn) => {
    columns.set(table, [...(columns.get(table) ?? []), column.column]);
    assets.set(table, column.asset);
    if (column.element !== null) elements.set(column.key, column.element);
  };
  for (const column of below) {
    if (column.asset.startsWith('staged.')) register(column.asset, column);
    const entity = plan.catalogue.entities.find(({ name }) => `golden.${name}` === column.asset);
    if (entity) register(`${entity.theme}.${entity.name}`, column);
  }
  const keyOf = (origin: string) => {
    const [table, column] = origin.split('/') as [string, string];
    return `${assets.get(table) ?? table}/${column}`;
  };
  return {
    register,
    clear: () => columns.clear(),
    columnsOf: (table: string) => (isBook(table) ? ('any' as const) : (columns.get(table) ?? null)),
    made: (asset: string, { name, making, from, tables, expression }: QueryColumn, title: Message | null) => {
      const keys = from.map(keyOf);
      // A value that is carried over keeps its meaning; a sum of one element is still spoken of by its name.
      const element = keys.length === 1 ? (elements.get(keys[0]!) ?? null) : null;
      // The ledger is no asset: what is read off it is the warehouse's own book-keeping.
      const kept = keys.length > 0 && keys.every(isBook);
      return made(asset, name, {
        step: kept ? 'kept' : making,
        title: title ?? (element === null ? null : plan.catalogue.element(element).title),
        element: making === 'copied' ? element : null,
        from: kept ? [] : keys,
        counts: making === 'counted' ? tables.map((table) => assets.get(table) ?? table) : [],
        expression,
      });
    },
  };
}
