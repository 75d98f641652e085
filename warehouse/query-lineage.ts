// Above the usual size: one walk over DuckDB's own parse tree, in which every kind of node is named once.
import { z } from 'zod';
import type { SqlSession } from './duckdb.ts';
import { declarationWrong } from './errors.ts';

/** How a column of a query came to be. */
export type ColumnMaking = 'copied' | 'computed' | 'counted' | 'constant';

/** One column of a query and the columns of tables that its value is made of. */
export interface QueryColumn {
  readonly name: string;
  readonly making: ColumnMaking;
  /** `<schema>.<table>/<column>`, in the order in which the query names them. */
  readonly from: readonly string[];
  /** Tables whose rows are counted or gone through for it, `<schema>.<table>`. */
  readonly tables: readonly string[];
  /** The expression as SQL where the value is not carried over as it is. */
  readonly expression: string | null;
}

/** The columns of a table in order; null: the query reads something unknown; `any`: a table whose columns are not looked at. */
export type ColumnsOf = (table: string) => readonly string[] | 'any' | null;

interface Tree {
  readonly [name: string]: unknown;
}

interface Origin {
  readonly making: ColumnMaking;
  readonly from: ReadonlySet<string>;
  readonly tables: ReadonlySet<string>;
  /** The expression that made it, for showing. */
  readonly tree: Tree | null;
}

/** The columns of a query, and what chooses its rows. */
interface Selected {
  readonly columns: readonly [string, Origin][];
  readonly chosenBy: Origin;
}

interface Relation {
  readonly names: readonly string[];
  readonly columns: ReadonlyMap<string, Origin>;
  /** Table whose columns are not known: any name is one of its columns. */
  readonly open: string | null;
  readonly tables: ReadonlySet<string>;
  readonly chosenBy: Origin;
}

interface Scope {
  readonly relations: readonly Relation[];
  readonly ctes: ReadonlyMap<string, Selected>;
  readonly outer: Scope | null;
  /** Parameters of lambdas around. */
  readonly bound: ReadonlySet<string>;
  /** What the SELECT list has named so far: later expressions and ORDER BY may use it. */
  readonly named: ReadonlyMap<string, Origin>;
  /** What chooses the rows, here and in what is read. */
  readonly chosenBy: Origin;
}

const parsed = z.object({
  error: z.boolean(),
  error_message: z.string().optional(),
  statements: z.array(z.looseObject({ node: z.looseObject({ type: z.string() }) })).optional(),
});

/**
 * Where each column of a SELECT comes from, read off DuckDB's parse tree: through CTEs, subqueries, joins, stars and unions down to
 * columns of tables. Conditions (WHERE, ON) choose rows, not values, and are left out; but the FILTER of an aggregate is part of it,
 * and so is the WHERE of rows that are counted.
 *
 * @param where name of the query, for messages
 * @throws FillOnceError `warehouse.declaration` for a query that does not parse or a name that cannot be resolved
 * @example
 * await queryLineage(sql, 'q', 'SELECT a + b AS c FROM s.t', () => ['a', 'b']);
 * // [{ name: 'c', making: 'computed', from: ['s.t/a', 's.t/b'], tables: ['s.t'], expression: '(a + b)' }]
 */
export async function queryLineage(
  sql: SqlSession,
  where: string,
  query: string,
  columnsOf: ColumnsOf,
): Promise<readonly QueryColumn[]> {
  const [row] = await sql.all<{ tree: string }>('SELECT json_serialize_sql($1::VARCHAR) AS tree', [query]);
  const tree = parsed.parse(JSON.parse(row!.tree, withoutPlace));
  const statement = tree.statements?.[0];
  if (tree.error || !statement) throw declarationWrong(where, tree.error_message ?? 'not a SELECT');
  const { columns } = createWalk(where, columnsOf).query(statement.node, EMPTY);
  const shown = columns.flatMap(([, { tree: made }]) => (made === null ? [] : [made]));
  const texts = await expressionTexts(sql, shown);
  return columns.map(([name, { making, from, tables, tree: made }]) => ({
    name,
    making,
    from: [...from],
    tables: [...tables],
    expression: made === null ? null : texts.get(made)!,
  }));
}

/** Where in the text an expression stood: a 64-bit number that JSON cannot carry and nobody needs. */
function withoutPlace(name: string, value: unknown): unknown {
  return name === 'query_location' ? undefined : value;
}

const NOTHING: ReadonlySet<string> = new Set();
const CONSTANT: Origin = { making: 'constant', from: NOTHING, tables: NOTHING, tree: null };
const EMPTY: Scope = {
  relations: [],
  ctes: new Map(),
  outer: null,
  bound: new Set(),
  named: new Map(),
  chosenBy: CONSTANT,
};

function createWalk(where: string, columnsOf: ColumnsOf) {
  /** The columns of a query node with their origins. */
  function query(node: Tree, outer: Scope): Selected {
    const scope = withCtes(node, outer);
    if (node.type === 'SET_OPERATION_NODE') {
      // Newer DuckDB lists all sides, older ones nest them.
      const sides = trees(node.children).length > 0 ? trees(node.children) : [tree(node.left), tree(node.right)];
      const [first, ...others] = sides.map((side) => query(side, scope));
      const columns = first!.columns.map(([name, one], i): [string, Origin] => [
        name,
        union([one, ...others.flatMap((side) => side.columns[i]?.[1] ?? [])]),
      ]);
      return { columns, chosenBy: union([first!, ...others].map(({ chosenBy }) => chosenBy)) };
    }
    if (node.type !== 'SELECT_NODE')
      throw declarationWrong(where, `cannot follow columns through ${String(node.type)}`);
    const relations = relationsOf(tree(node.from_table), scope);
    const inner: Scope = { ...scope, relations, named: new Map(), chosenBy: CONSTANT };
    const chosenBy = union([...relations.map((one) => one.chosenBy), ...childrenOf(node.where_clause, inner)]);
    const columns: [string, Origin][] = [];
    for (const expression of trees(node.select_list)) {
      const at: Scope = { ...inner, named: new Map(columns), chosenBy };
      if (expression.class === 'STAR') columns.push(...star(expression, at));
      else columns.push([nameOf(expression), origin(expression, at)]);
    }
    return { columns, chosenBy };
  }

  function withCtes(node: Tree, outer: Scope): Scope {
    const ctes = new Map(outer.ctes);
    for (const { key, value } of trees(tree(node.cte_map).map)) {
      const { query: body, aliases } = tree(value);
      const selected = query(tree(tree(body).node), { ...outer, ctes });
      ctes.set(String(key), renamed(selected, aliases));
    }
    return { ...outer, ctes };
  }

  function relationsOf(from: Tree, scope: Scope): Relation[] {
    const alias = text(from.alias);
    switch (from.type) {
      case 'EMPTY':
        return [];
      case 'JOIN':
        return [...relationsOf(tree(from.left), scope), ...relationsOf(tree(from.right), scope)];
      case 'BASE_TABLE': {
        const [schema, name] = [text(from.schema_name), text(from.table_name)];
        const cte = schema === '' ? scope.ctes.get(name) : undefined;
        if (cte) return [relation([alias || name], renamed(cte, from.column_name_alias))];
        const table = schema === '' ? name : `${schema}.${name}`;
        const columns = columnsOf(table);
        if (columns === null) throw declarationWrong(where, `there is no table ${table}`);
        const names = [alias || name, ...(alias === '' ? [table] : [])];
        if (columns === 'any')
          return [{ names, columns: new Map(), open: table, tables: new Set([table]), chosenBy: CONSTANT }];
        const own = columns.map((column): [string, Origin] => [column, columnOrigin(table, column)]);
        return [relation(names, renamed({ columns: own, chosenBy: CONSTANT }, from.column_name_alias), table)];
      }
      case 'SUBQUERY': {
        const selected = query(tree(tree(from.subquery).node), { ...EMPTY, ctes: scope.ctes, outer: scope });
        return [relation([alias], renamed(selected, from.column_name_alias))];
      }
      case 'EXPRESSION_LIST': {
        const first = Array.isArray(from.values) ? trees(from.values[0]) : [];
        const columns = first.map((_, i): [string, Origin] => [`col${i}`, CONSTANT]);
        return [relation([alias], { columns, chosenBy: CONSTANT })];
      }
      default:
        throw declarationWrong(where, `cannot follow columns through ${String(from.type)}`);
    }
  }

  function star(expression: Tree, scope: Scope): [string, Origin][] {
    const of = text(expression.relation_name);
    const left = new Set(strings(expression.exclude_list));
    const seen = new Map<string, Origin>();
    for (const one of scope.relations) {
      if (of !== '' && !one.names.includes(of)) continue;
      if (one.open !== null) throw declarationWrong(where, `a star over ${one.open}, whose columns are not declared`);
      for (const [name, from] of one.columns) if (!left.has(name) && !seen.has(name)) seen.set(name, from);
    }
    for (const { key, value } of trees(expression.replace_list)) seen.set(String(key), origin(tree(value), scope));
    return [...seen];
  }

  /** What an expression is made of. */
  function origin(expression: Tree, scope: Scope): Origin {
    if (expression.class === 'COLUMN_REF') return reference(strings(expression.column_names), scope) ?? CONSTANT;
    const counted = expression.function_name === 'count_star';
    // What chooses the rows makes their number.
    const parts = [...partsOf(expression, scope), ...(counted ? [scope.chosenBy] : [])];
    const tables = counted ? scope.relations.flatMap((one) => [...one.tables]) : [];
    const all = union(parts);
    if (all.from.size === 0 && all.tables.size === 0 && tables.length === 0) return { ...CONSTANT, tree: expression };
    const onlyCounted = all.from.size === 0 || counts(expression);
    // A cast carries the value over.
    const inner = expression.class === 'CAST' && parts.length === 1 ? parts[0]! : null;
    if (inner?.making === 'copied') return inner;
    return {
      making: onlyCounted || inner?.making === 'counted' ? 'counted' : 'computed',
      from: all.from,
      tables: new Set([...all.tables, ...tables]),
      tree: expression,
    };
  }

  function counts(expression: Tree): boolean {
    if (expression.class === 'CAST') return counts(tree(expression.child));
    return expression.function_name === 'count_star' || expression.function_name === 'count';
  }

  function partsOf(expression: Tree, scope: Scope): Origin[] {
    if (expression.class === 'COLUMN_REF') return [origin(expression, scope)];
    if (expression.class === 'SUBQUERY') {
      const { columns } = query(tree(tree(expression.subquery).node), { ...EMPTY, ctes: scope.ctes, outer: scope });
      return [...columns.map(([, made]) => made), ...childrenOf(expression.child, scope)];
    }
    if (expression.class === 'LAMBDA') {
      const bound = new Set([...scope.bound, ...namesIn(expression.lhs)]);
      return childrenOf(expression.expr, { ...scope, bound });
    }
    return Object.entries(expression).flatMap(([name, value]) =>
      name === 'cast_type' ? [] : childrenOf(value, scope),
    );
  }

  function childrenOf(value: unknown, scope: Scope): Origin[] {
    if (Array.isArray(value)) return value.flatMap((one) => childrenOf(one, scope));
    if (!isTree(value)) return [];
    if (typeof value.class === 'string') {
      return value.class === 'COLUMN_REF' || value.class === 'SUBQUERY'
        ? partsOf(value, scope)
        : [origin(value, scope)];
    }
    return Object.values(value).flatMap((one) => childrenOf(one, scope));
  }

  /** The origin of a name; null for a parameter of a lambda. */
  function reference(names: readonly string[], scope: Scope): Origin | null {
    if (scope.bound.has(names[0]!)) return null;
    const found = inScope(names, scope);
    if (found) return found;
    if (scope.outer) return reference(names, scope.outer);
    throw declarationWrong(where, `cannot tell what ${names.join('.')} is`);
  }

  function inScope(names: readonly string[], scope: Scope): Origin | null {
    const [first, second, third] = names;
    const of = (relations: readonly Relation[], column: string) => {
      const known = relations.flatMap((one) => one.columns.get(column) ?? []);
      if (known.length > 0) return union(known);
      const open = relations.find((one) => one.open !== null);
      return open ? columnOrigin(open.open!, column) : null;
    };
    const named = (name: string) => scope.relations.filter((one) => one.names.includes(name));
    if (third !== undefined && named(`${first}.${second}`).length > 0) return of(named(`${first}.${second}`), third);
    if (second !== undefined && named(first!).length > 0) return of(named(first!), second);
    return of(scope.relations, first!) ?? scope.named.get(first!) ?? null;
  }

  return { query };
}

function columnOrigin(table: string, column: string): Origin {
  return { making: 'copied', from: new Set([`${table}/${column}`]), tables: new Set([table]), tree: null };
}

function relation(names: readonly string[], { columns, chosenBy }: Selected, table?: string): Relation {
  const tables = table === undefined ? columns.flatMap(([, { tables }]) => [...tables]) : [table];
  return { names, columns: new Map(columns), open: null, tables: new Set([...tables, ...chosenBy.tables]), chosenBy };
}

/** Several origins as one: a union, a coalesce, the two sides of USING. */
function union(origins: readonly Origin[]): Origin {
  const real = origins.filter(({ from, tables }) => from.size + tables.size > 0);
  if (real.length === 0) return CONSTANT;
  if (real.length === 1) return real[0]!;
  const all = <T>(of: (origin: Origin) => ReadonlySet<T>) => new Set(real.flatMap((one) => [...of(one)]));
  const same = real.every(({ making }) => making === real[0]!.making);
  return {
    making: same ? real[0]!.making : 'computed',
    from: all(({ from }) => from),
    tables: all(({ tables }) => tables),
    tree: real.find((one) => one.tree !== null)?.tree ?? null,
  };
}

function renamed({ columns, chosenBy }: Selected, aliases: unknown): Selected {
  const names = strings(aliases);
  return { columns: columns.map(([name, from], i) => [names[i] ?? name, from]), chosenBy };
}

function nameOf(expression: Tree): string {
  const alias = text(expression.alias);
  if (alias !== '') return alias;
  return expression.class === 'COLUMN_REF' ? strings(expression.column_names).at(-1)! : text(expression.function_name);
}

function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (!isTree(value)) return [];
  return value.class === 'COLUMN_REF' ? strings(value.column_names) : Object.values(value).flatMap(namesIn);
}

/** Expressions as SQL text, as DuckDB writes them. */
async function expressionTexts(sql: SqlSession, expressions: readonly Tree[]): Promise<ReadonlyMap<Tree, string>> {
  const texts = new Map<Tree, string>();
  for (const expression of new Set(expressions)) {
    const statement = { error: false, statements: [{ node: selectOf(expression), named_param_map: [] }] };
    const [row] = await sql.all<{ text: string }>('SELECT json_deserialize_sql($1::JSON) AS text', [
      JSON.stringify(statement),
    ]);
    texts.set(expression, row!.text.slice('SELECT '.length));
  }
  return texts;
}

function selectOf(expression: Tree): Tree {
  return {
    type: 'SELECT_NODE',
    modifiers: [],
    cte_map: { map: [] },
    select_list: [{ ...expression, alias: '' }],
    from_table: { type: 'EMPTY', alias: '', sample: null },
    where_clause: null,
    group_expressions: [],
    group_sets: [],
    aggregate_handling: 'STANDARD_HANDLING',
    having: null,
    sample: null,
    qualify: null,
  };
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tree(value: unknown): Tree {
  return isTree(value) ? value : {};
}

function trees(value: unknown): Tree[] {
  return Array.isArray(value) ? value.filter(isTree) : [];
}

function strings(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.map((one) => (typeof one === 'string' ? one : String(tree(one).column_name ?? '')));
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
