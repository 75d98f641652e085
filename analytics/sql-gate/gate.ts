import type { FillOnceError } from '../../core/errors.ts';
import { allowedFunctions, allowedTableFunctions } from './allowed-functions.ts';
import {
  functionRefused,
  NOWHERE,
  onlyOne,
  onlySelect,
  parameterMissing,
  parameterUnnamed,
  partRefused,
  type SqlPlace,
  seriesTooLong,
  syntaxWrong,
  tableUnknown,
  tooLong,
} from './errors.ts';
import type { SqlAsk, SqlScalar } from './grant.ts';
import { unitsOf, wordLength } from './statement-text.ts';

const STATEMENT_LIMIT = 20_000;
/** Objects of a statement's tree; a real statement has some hundreds. */
const NODE_LIMIT = 20_000;
const DEPTH_LIMIT = 1_500;
const PROBLEM_LIMIT = 20;
const SERIES_LIMIT = 10_000_000;

/*
 * Every `type` that a tree may hold. What the engine may learn to say one day is refused until it is listed here.
 */
const PARTS: ReadonlySet<string> = new Set(
  `SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE CTE_NODE
   BASE_TABLE SUBQUERY JOIN TABLE_FUNCTION EXPRESSION_LIST EMPTY PIVOT
   DISTINCT_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER ORDER_MODIFIER ORDER_DEFAULT ASCENDING DESCENDING
   COLUMN_REF POSITIONAL_REFERENCE STAR VALUE_CONSTANT VALUE_PARAMETER FUNCTION LAMBDA CASE_EXPR OPERATOR_CAST COLLATE
   COMPARE_EQUAL COMPARE_NOTEQUAL COMPARE_LESSTHAN COMPARE_GREATERTHAN COMPARE_LESSTHANOREQUALTO COMPARE_GREATERTHANOREQUALTO
   COMPARE_IN COMPARE_NOT_IN COMPARE_DISTINCT_FROM COMPARE_NOT_DISTINCT_FROM COMPARE_BETWEEN COMPARE_NOT_BETWEEN
   CONJUNCTION_AND CONJUNCTION_OR OPERATOR_NOT OPERATOR_IS_NULL OPERATOR_IS_NOT_NULL OPERATOR_COALESCE OPERATOR_NULLIF OPERATOR_UNPACK
   OPERATOR_TRY ARRAY_EXTRACT ARRAY_SLICE STRUCT_EXTRACT ARRAY_CONSTRUCTOR ARROW GROUPING_FUNCTION
   WINDOW_AGGREGATE WINDOW_RANK WINDOW_RANK_DENSE WINDOW_NTILE WINDOW_PERCENT_RANK WINDOW_CUME_DIST WINDOW_ROW_NUMBER
   WINDOW_FIRST_VALUE WINDOW_LAST_VALUE WINDOW_LEAD WINDOW_LAG WINDOW_NTH_VALUE WINDOW_FILL`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

type Tree = Readonly<Record<string, unknown>>;

/** What passed, or why it did not. */
export interface GateReport {
  readonly problems: readonly FillOnceError[];
  /** Parameters without a value: the statement stands, but cannot run yet. */
  readonly missing: readonly FillOnceError[];
  /** Names of the `$name`, each once, in order. */
  readonly parameters: readonly string[];
  /** Ids of the marts that are read. */
  readonly tables: readonly string[];
  /** The checked tree without places, to compare with what will run. */
  readonly shape: string;
}

/**
 * Looks through the tree that the engine's own parser made of a statement: one statement, a query, of listed parts, functions and marts
 * only. Nothing is carried out here.
 *
 * @param serialised what `json_serialize_sql` said of the statement
 */
export function throughGate(ask: Pick<SqlAsk, 'statement' | 'grant' | 'parameters'>, serialised: string): GateReport {
  const { statement, grant, parameters } = ask;
  const refused = (problem: FillOnceError): GateReport => ({
    problems: [problem],
    missing: [],
    parameters: [],
    tables: [],
    shape: '',
  });
  if (statement.length > STATEMENT_LIMIT) return refused(tooLong(STATEMENT_LIMIT));
  const parsed = parse(serialised);
  if (parsed === null) return refused(partRefused('Infinity', NOWHERE));
  if (parsed.error === true) return refused(parseError(parsed, statement));
  const statements = parsed.statements;
  if (!Array.isArray(statements) || statements.length !== 1) {
    return refused(onlyOne(Array.isArray(statements) ? statements.length : 0));
  }

  const functions = allowedFunctions();
  const tableFunctions = allowedTableFunctions();
  const marts = new Map(grant.marts.map((mart) => [mart.table.toLowerCase(), mart.table]));
  const problems: FillOnceError[] = [];
  // The engine tells names apart by their letters, not by case: `$Age` and `$age` are one parameter.
  const names = new Map<string, string>();
  const tables = new Set<string>();
  let nodes = 0;
  let endless = false;
  let last: SqlPlace = NOWHERE;

  const place = (node: Tree): SqlPlace => {
    const position = unitsOf(statement, Number(node.query_location ?? -1));
    if (position === null) return last;
    last = { position, length: wordLength(statement, position) };
    return last;
  };
  const note = (problem: FillOnceError) => {
    if (problems.length < PROBLEM_LIMIT) problems.push(problem);
  };

  /** The mart that an unqualified name means: the schemas of all marts are on the search path. */
  const unqualified = (name: string): string | null => {
    const found = grant.marts.filter((mart) => mart.name.toLowerCase() === name);
    return found.length === 1 ? found[0]!.table : null;
  };

  const table = (node: Tree, ctes: ReadonlySet<string>): void => {
    const schema = String(node.schema_name ?? '').toLowerCase();
    const name = String(node.table_name ?? '').toLowerCase();
    if (node.at_clause !== null && node.at_clause !== undefined) note(partRefused('AT', place(node)));
    if (schema === '' && node.catalog_name === '' && ctes.has(name)) return;
    const mart = schema === '' ? unqualified(name) : (marts.get(`${schema}.${name}`) ?? null);
    if (node.catalog_name === '' && mart !== null) tables.add(mart);
    else {
      const said = [node.catalog_name, node.schema_name, node.table_name].filter((part) => part !== '');
      note(tableUnknown(said.join('.').slice(0, 200), place(node)));
    }
  };

  const call = (node: Tree, allowed: ReadonlySet<string>): void => {
    const name = String(node.function_name).toLowerCase();
    const plain = (node.schema === '' || node.schema === 'main') && (node.catalog ?? '') === '';
    if (!plain || !allowed.has(name)) note(functionRefused(name.slice(0, 100), place(node)));
    else if ((name === 'range' || name === 'generate_series') && seriesLength(node) > SERIES_LIMIT) {
      note(seriesTooLong(SERIES_LIMIT, place(node)));
    }
  };

  const walk = (value: unknown, ctes: ReadonlySet<string>, depth: number): void => {
    if (value === null || typeof value !== 'object') return;
    if (++nodes > NODE_LIMIT || depth > DEPTH_LIMIT) {
      // What is not looked at does not pass.
      if (!endless) note(tooLong(NODE_LIMIT));
      endless = true;
      return;
    }
    if (Array.isArray(value)) {
      for (const item of value) walk(item, ctes, depth + 1);
      return;
    }
    const node = value as Tree;
    const type = node.type;
    if (typeof type === 'string') {
      if (type.endsWith('_TYPE_INFO')) {
        typeInfo(node);
        return;
      }
      if (!PARTS.has(type)) {
        note(partRefused(type === 'SHOW_REF' ? 'DESCRIBE / SHOW / SUMMARIZE' : type, place(node)));
        return;
      }
      if (type === 'VALUE_CONSTANT') return;
      if (type === 'VALUE_PARAMETER') {
        const name = String(node.identifier);
        if (!/^[A-Za-z_]\w{0,62}$/.test(name)) note(parameterUnnamed());
        else if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
        return;
      }
      if (type === 'BASE_TABLE') table(node, ctes);
      if (type === 'TABLE_FUNCTION') {
        place(node);
        const called = node.function as Tree | null;
        if (called?.type !== 'FUNCTION') note(partRefused(type, place(node)));
        else {
          call(called, tableFunctions);
          for (const [key, part] of Object.entries(called)) if (key !== 'type') walk(part, ctes, depth + 1);
        }
        return;
      }
      if (type === 'PIVOT') {
        const pivots = (node.pivots ?? []) as readonly Tree[];
        if (pivots.some((pivot) => (pivot.pivot_enum ?? '') !== '')) note(partRefused('PIVOT … ENUM', place(node)));
      }
      place(node);
    }
    // Wherever a tree names a function, whatever holds it.
    if ('function_name' in node) call(node, functions);
    const inside = withCtes(node, ctes, depth);
    for (const [key, part] of Object.entries(node)) if (key !== 'cte_map') walk(part, inside, depth + 1);
  };

  /** A name of WITH stands for its query from there on, inside this node only; a recursive one in itself too. */
  const withCtes = (node: Tree, outer: ReadonlySet<string>, depth: number): ReadonlySet<string> => {
    const map = (node.cte_map as Tree | undefined)?.map;
    if (!Array.isArray(map) || map.length === 0) return outer;
    const inside = new Set(outer);
    for (const { key, value } of map as readonly { key: string; value: Tree }[]) {
      const name = String(key).toLowerCase();
      const query = (value.query as Tree | undefined)?.node as Tree | undefined;
      const recursive = query?.type === 'RECURSIVE_CTE_NODE';
      walk(value, recursive ? new Set([...inside, name]) : new Set(inside), depth + 1);
      inside.add(name);
    }
    return inside;
  };

  const typeInfo = (node: Tree): void => {
    if (node.type === 'UNBOUND_TYPE_INFO') {
      const plain = /^[A-Za-z][\w ]{0,40}$/.test(String(node.name));
      if (!plain || node.catalog !== '' || node.schema !== '') note(partRefused(String(node.name), place(node)));
    }
    for (const part of Object.values(node)) {
      for (const child of Array.isArray(part) ? part : []) {
        const inner = (child as { second?: Tree } | null)?.second ?? child;
        walk((inner as Tree | null)?.type_info ?? null, new Set(), 0);
      }
    }
  };

  const root = statements[0] as Tree;
  walk(root.node, new Set(), 0);
  return {
    problems,
    missing: [...names.values()]
      .filter((name) => givenValue(parameters, name) === undefined)
      .map((name) => parameterMissing(name)),
    parameters: [...names.values()],
    tables: [...tables],
    // A tree that is too deep to look through is too deep to write.
    shape: problems.length > 0 ? '' : shapeOf(root.node),
  };
}

/** The value given for a parameter: under its very name, else under the same name in other case; undefined when there is none. */
export function givenValue(parameters: SqlAsk['parameters'], name: string): SqlScalar | undefined {
  if (Object.hasOwn(parameters, name)) return parameters[name];
  const same = Object.keys(parameters).find((each) => each.toLowerCase() === name.toLowerCase());
  return same === undefined ? undefined : parameters[same];
}

/** A tree as text without the places of its parts: equal for statements that mean the same to the parser. */
export function shapeOf(tree: unknown): string {
  return JSON.stringify(tree, (key, value: unknown) => (key === 'query_location' ? undefined : value));
}

/** The shape of the query inside `SELECT * FROM (…)`, or null when the text is anything else. */
export function wrappedShape(serialised: string): string | null {
  const parsed = parse(serialised);
  const statements = parsed?.statements;
  if (parsed === null || parsed.error === true || !Array.isArray(statements) || statements.length !== 1) return null;
  const from = ((statements[0] as Tree).node as Tree | undefined)?.from_table as Tree | undefined;
  const subquery = from?.type === 'SUBQUERY' ? (from.subquery as Tree | undefined) : undefined;
  return subquery === undefined ? null : shapeOf(subquery.node);
}

/** The engine writes infinite constants as bare words, which JSON does not have. */
function parse(serialised: string): Tree | null {
  try {
    return JSON.parse(serialised) as Tree;
  } catch {
    return null;
  }
}

function parseError(parsed: Tree, statement: string): FillOnceError {
  if (parsed.error_type !== 'parser') return onlySelect();
  // Where the parser stops it counts characters, everywhere else bytes.
  const characters = Number(parsed.position ?? -1);
  const position = characters < 0 ? null : [...statement].slice(0, characters).join('').length;
  return syntaxWrong(String(parsed.error_message ?? '').slice(0, 500), {
    position,
    length: position === null ? null : wordLength(statement, position),
  });
}

/** Items of a range or series of constants; 0 where they are not known beforehand. */
function seriesLength(node: Tree): number {
  const numbers = (Array.isArray(node.children) ? (node.children as Tree[]) : []).map(constant);
  if (numbers.length === 0 || numbers.length > 3 || numbers.some((one) => one === null)) return 0;
  const [first = 0, second, third] = numbers as number[];
  const [from, to, step] = second === undefined ? [0, first, 1] : [first, second, third ?? 1];
  return step === 0 ? 0 : Math.abs((to - from) / step);
}

function constant(node: Tree): number | null {
  if (node.type === 'FUNCTION' && node.function_name === '-') {
    const [only, more] = (node.children ?? []) as Tree[];
    const inner = only === undefined || more !== undefined ? null : constant(only);
    return inner === null ? null : -inner;
  }
  if (node.type !== 'VALUE_CONSTANT') return null;
  const inner = (node.value as Tree | undefined)?.value;
  return typeof inner === 'number' ? inner : null;
}
