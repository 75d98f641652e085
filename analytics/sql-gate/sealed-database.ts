import { existsSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { type ErrorBody, FillOnceError } from '../../core/errors.ts';
import { ident, literal } from '../../warehouse/sql-text.ts';
import { engineRefused, NOWHERE, overMemory, overSpill, partRefused, publicationGone, tooLong } from './errors.ts';
import { type GateReport, givenValue, throughGate, wrappedShape } from './gate.ts';
import type { GrantedMart, SqlGrant, SqlScalar } from './grant.ts';
import type { CheckReport, ChildLimits, Estimate, ResultColumn, RunReport } from './protocol.ts';
import { unitsOf, withoutSemicolon, wordLength } from './statement-text.ts';

/** A column of the result with the expression that writes it. */
interface Kept extends ResultColumn {
  readonly select: string;
}

const MASK = literal('***');
/** The zone of core/civil-time.ts, as the engine names it. */
const OFFICE_ZONE = 'Asia/Shanghai';
const MOST_COLUMNS = 1_000;
const RESULT = 'fillonce_result';

export interface SealedDatabase {
  check(statement: string, parameters: Readonly<Record<string, SqlScalar>>): Promise<CheckReport>;
  /** @throws FillOnceError what the gate or the engine refuses */
  run(
    statement: string,
    parameters: Readonly<Record<string, SqlScalar>>,
    limit: number,
    file: string,
  ): Promise<RunReport>;
}

/**
 * A database in memory that holds one person's view of one publication and nothing else, shut off from files, network and settings.
 *
 * A mart whose rows the person may see all of is a view that names the permitted columns only. A mart with rows outside his scope is
 * copied without them: over a view the engine may test a person's condition on a row before the scope's, and an error or a statistic
 * would tell of rows that he must not know.
 */
export async function sealDatabase(grant: SqlGrant, limits: ChildLimits, folder: string): Promise<SealedDatabase> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${limits.memoryMb}MB`,
    threads: '1',
    temp_directory: folder,
    max_temp_directory_size: `${limits.tempMb}MB`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_unsigned_extensions: 'false',
    errors_as_json: 'true',
  });
  const connection = await instance.connect();
  const themes = [...new Set(grant.marts.map(({ theme }) => theme))];
  for (const theme of themes) {
    const file = grant.files[theme];
    // Of a statement that waited long, or whose whole result is fetched late, the publication may have been deleted.
    if (file !== undefined && !existsSync(file)) throw publicationGone(grant.publicationId);
    if (file !== undefined) await connection.run(`ATTACH ${literal(file)} AS ${ident(attached(theme))} (READ_ONLY)`);
    await connection.run(`CREATE SCHEMA ${ident(theme)}`);
  }
  if (themes.length > 0) {
    const path = themes.map((theme) => `memory.${ident(theme)}`).join(',');
    await connection.run(`SET search_path = ${literal(path)}`);
  }
  // Days and moments are the office's, wherever the machine stands: `current_date` of 07:00 is not yesterday.
  await connection.run(`SET TimeZone = ${literal(OFFICE_ZONE)}`);
  await connection.run(`SET allowed_directories = [${literal(folder)}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');

  const made = new Map<string, 'view' | 'table'>();

  async function make(mart: GrantedMart): Promise<void> {
    const table = `${ident(mart.theme)}.${ident(mart.name)}`;
    const source = `${ident(attached(mart.theme))}.${table}`;
    const columns = mart.columns.map(({ name, masked }) => (masked ? `${MASK} AS ${ident(name)}` : ident(name)));
    const inScope = mart.org === null ? null : within(ident(mart.org), grant.scope);
    const hidden = inScope === null ? 0 : await countOf(`SELECT count(*) FROM ${source} WHERE ${inScope} IS NOT TRUE`);
    const select = `SELECT ${columns.join(', ')} FROM ${source}`;
    if (hidden === 0) await connection.run(`CREATE VIEW ${table} AS ${select}`);
    else await connection.run(`CREATE TABLE ${table} AS ${select} WHERE ${inScope}`);
    made.set(mart.table, hidden === 0 ? 'view' : 'table');
  }

  async function countOf(sql: string): Promise<number> {
    const rows = await (await connection.run(sql)).getRows();
    return Number(rows[0]?.[0] ?? 0);
  }

  /** As Parquet and the readers of results hold it without loss: sums of integers as integers or text, what is nested as text. */
  async function exchangeable({ name, sqlType }: ResultColumn): Promise<Kept> {
    const column = ident(name);
    if (sqlType === 'DATE' && (await countOf(`SELECT count(*) FROM temp.main.${RESULT} WHERE isinf(${column})`)) > 0) {
      // Parquet has no infinite day: it would come back as one of the year 5881580.
      return { name, sqlType, select: `${column}::VARCHAR AS ${column}` };
    }
    if (PLAIN_TYPES.test(sqlType)) return { name, sqlType, select: column };
    if (!/^U?HUGEINT$/.test(sqlType)) return { name, sqlType, select: `${column}::VARCHAR AS ${column}` };
    const beyond = `${column} IS NOT NULL AND TRY_CAST(${column} AS BIGINT) IS NULL`;
    const large = await countOf(`SELECT count(*) FROM temp.main.${RESULT} WHERE ${beyond}`);
    const type = large === 0 ? 'BIGINT' : 'VARCHAR';
    return { name, sqlType: large === 0 ? 'BIGINT' : sqlType, select: `${column}::${type} AS ${column}` };
  }

  async function serialised(sql: string): Promise<string> {
    const rows = await (await connection.run('SELECT json_serialize_sql($1::VARCHAR)', [sql])).getRows();
    return String(rows[0]?.[0] ?? '');
  }

  async function gate(statement: string, parameters: Readonly<Record<string, SqlScalar>>): Promise<GateReport> {
    const report = throughGate({ statement, grant, parameters }, await serialised(statement));
    if (report.problems.length > 0) return report;
    for (const mart of grant.marts) if (report.tables.includes(mart.table) && !made.has(mart.table)) await make(mart);
    return report;
  }

  /** The statement as the inside of `SELECT * FROM (…)`, when the parser sees in there just what passed the gate. */
  async function enclosed(statement: string, report: GateReport): Promise<string> {
    const inner = withoutSemicolon(statement);
    // A line of its own for the bracket: the statement may end in a comment.
    if (wrappedShape(await serialised(`SELECT * FROM (${inner}\n)`)) !== report.shape) {
      throw partRefused(';', NOWHERE);
    }
    return inner;
  }

  return {
    check: async (statement, parameters) => {
      const report = await gate(statement, parameters);
      const found = { parameters: report.parameters, tables: report.tables };
      const problems = [...report.problems, ...report.missing].map((problem) => problem.toJSON());
      if (problems.length > 0) return { ...found, problems, estimate: null };
      const before = 'EXPLAIN (FORMAT json) SELECT * FROM (';
      try {
        const inner = await enclosed(statement, report);
        const result = await connection.run(`${before}${inner}\n)`, bound(report, parameters));
        const rows = await result.getRows();
        return { ...found, problems: [], estimate: estimateOf(String(rows[0]?.[1] ?? '[]')) };
      } catch (error) {
        return { ...found, problems: [refusalOf(error, statement, before, limits)], estimate: null };
      }
    },

    run: async (statement, parameters, limit, file) => {
      const report = await gate(statement, parameters);
      const problem = report.problems[0] ?? report.missing[0];
      if (problem) throw problem;
      const inner = await enclosed(statement, report);
      // Nothing of the publication stays attached that no view needs.
      for (const theme of themes) {
        const needed = grant.marts.some((mart) => mart.theme === theme && made.get(mart.table) === 'view');
        if (!needed && grant.files[theme] !== undefined) await connection.run(`DETACH ${ident(attached(theme))}`);
      }
      const before = `CREATE TEMP TABLE ${RESULT} AS SELECT * FROM (`;
      try {
        await connection.run(`${before}${inner}\n) LIMIT ${limit + 1}`, bound(report, parameters));
      } catch (error) {
        const body = refusalOf(error, statement, before, limits);
        throw new FillOnceError({ ...body, details: body.details });
      }
      const described = await (await connection.run(`DESCRIBE temp.main.${RESULT}`)).getRows();
      if (described.length > MOST_COLUMNS) throw tooLong(MOST_COLUMNS);
      const kept: Kept[] = [];
      for (const column of described)
        kept.push(await exchangeable({ name: String(column[0]), sqlType: String(column[1]) }));
      const rows = await countOf(`SELECT count(*) FROM temp.main.${RESULT}`);
      await connection.run(
        `COPY (SELECT ${kept.map(({ select }) => select).join(', ')} FROM temp.main.${RESULT} LIMIT ${limit}) TO ${literal(file)} (FORMAT parquet, COMPRESSION snappy)`,
      );
      const columns = kept.map(({ name, sqlType }) => ({ name, sqlType }));
      return { columns, rows: Math.min(rows, limit), truncated: rows > limit };
    },
  };
}

function attached(theme: string): string {
  return `at_${theme}`;
}

function within(column: string, scope: string): string {
  const path = literal(scope);
  return `(${column} = ${path} OR starts_with(${column}, ${literal(`${scope}/`)}))`;
}

function bound(
  report: GateReport,
  parameters: Readonly<Record<string, SqlScalar>>,
): Record<string, string | number | bigint | boolean | null> | undefined {
  if (report.parameters.length === 0) return undefined;
  return Object.fromEntries(
    report.parameters.map((name) => {
      const value = givenValue(parameters, name) ?? null;
      const large = typeof value === 'number' && Number.isInteger(value) && Math.abs(value) >= 2 ** 31;
      return [name, large ? BigInt(value) : value];
    }),
  );
}

const PLAIN_TYPES =
  /^(BOOLEAN|U?TINYINT|U?SMALLINT|U?INTEGER|U?BIGINT|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\)|VARCHAR|DATE|TIMESTAMP( WITH TIME ZONE|_S|_MS|_NS)?)$/;

interface PlanNode {
  readonly name?: string;
  readonly children?: readonly PlanNode[];
  readonly extra_info?: Readonly<Record<string, unknown>>;
}

const BYTES_PER_VALUE = 12;
const PAIRWISE = /CROSS_PRODUCT|NESTED_LOOP|NL_JOIN/;

/** Powers of ten only: a finer figure would be more than an optimiser's guess, and could tell of single rows. */
function estimateOf(plan: string): Estimate {
  const roots = JSON.parse(plan) as readonly PlanNode[];
  const cardinality = (node: PlanNode) => Number(node.extra_info?.['Estimated Cardinality'] ?? 0) || 0;
  const first = (nodes: readonly PlanNode[]): number => {
    const node = nodes[0];
    if (node === undefined || node.name === 'UNGROUPED_AGGREGATE') return 1;
    return cardinality(node) || first(node.children ?? []);
  };
  const handled = (node: PlanNode): number => {
    const children = node.children ?? [];
    // Where every row meets every row, the work is the product, whatever is left of it.
    const pairs = PAIRWISE.test(node.name ?? '') ? children.reduce((all, child) => all * first([child]), 1) : 0;
    return Math.max(cardinality(node), pairs);
  };
  const sum = (nodes: readonly PlanNode[]): number =>
    nodes.reduce((total, node) => total + handled(node) + sum(node.children ?? []), 0);
  const projections = roots[0]?.extra_info?.Projections;
  const width = Array.isArray(projections) ? projections.length : 8;
  const rows = first(roots);
  return { rows: power(rows), handledRows: power(sum(roots)), bytes: power(rows * width * BYTES_PER_VALUE) };
}

function power(value: number): number {
  return 10 ** Math.min(15, Math.max(0, Math.ceil(Math.log10(Math.max(1, value)))));
}

/** What the engine said, as a refusal with its place in the statement. */
function refusalOf(error: unknown, statement: string, before: string, limits: ChildLimits): ErrorBody {
  if (error instanceof FillOnceError) return error.toJSON();
  const said = engineSaid(error instanceof Error ? error.message : String(error));
  if (/out of memory|memory allocation|failed to allocate/i.test(`${said.type} ${said.text}`)) {
    return overMemory(limits.memoryMb).toJSON();
  }
  // The engine would name the file, which tells where the platform keeps what.
  if (/^could not (write|read|open|seek)|file too large|no space left/i.test(said.text)) {
    return overSpill(limits.tempMb).toJSON();
  }
  const position = said.position === null ? null : unitsOf(statement, said.position - Buffer.byteLength(before));
  return engineRefused(said.text, {
    position,
    length: position === null ? null : wordLength(statement, position),
  }).toJSON();
}

function engineSaid(text: string): { type: string; text: string; position: number | null } {
  const start = text.indexOf('{');
  try {
    const parsed = JSON.parse(text.slice(start)) as Record<string, unknown>;
    const position = parsed.position;
    return {
      type: String(parsed.exception_type ?? ''),
      text: String(parsed.exception_message ?? '').slice(0, 1_000),
      position: position === undefined ? null : Number(position),
    };
  } catch {
    return { type: '', text: text.split('\nLINE ')[0]!.slice(0, 1_000), position: null };
  }
}
