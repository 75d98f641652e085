import type { Engine, ScriptConnection } from './engine.ts';
import { dumpUnreadable, restoreNotEmpty } from './errors.ts';
import { type Migration, unknownMigrations } from './migrate.ts';

/*
 * A dump is lines of text: `H` and the header, then per table `T` and its columns followed by `R` and a row for each row, then `E` and the
 * number of rows. It is the same for both engines: what was dumped from one can be restored into the other.
 */

/** Rows fetched, and inserted, at a time. */
const ROWS_AT_ONCE = 500;
const FORMAT = 1;

interface Header {
  readonly format: number;
  readonly migrations: readonly string[];
}

interface TableLine {
  readonly table: string;
  readonly columns: readonly string[];
}

/** Every table as it is at one moment, in one read-only transaction. */
export async function dumpTables(engine: Engine, write: (line: string) => Promise<void>): Promise<{ rows: number }> {
  return engine.withScripts(async (connection) => {
    const { run, query } = connection;
    await run('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    try {
      const migrations = await query<{ name: string }>('SELECT name FROM schema_migration ORDER BY name', []);
      const header: Header = { format: FORMAT, migrations: migrations.map(({ name }) => name) };
      await write(`H${JSON.stringify(header)}\n`);
      const tables = await tablesOf(connection);
      // The one role that row-level security hides nothing from.
      await run('SET LOCAL ROLE fillonce_system');
      let rows = 0;
      for (const { table, columns } of tables) {
        await write(`T${JSON.stringify({ table, columns })}\n`);
        const list = columns.map(quoted).join(', ');
        await run(
          `DECLARE dumped NO SCROLL CURSOR FOR SELECT to_jsonb(t)::text AS line FROM (SELECT ${list} FROM ${quoted(table)}) t`,
        );
        for (;;) {
          const page = await query<{ line: string }>(`FETCH ${ROWS_AT_ONCE} FROM dumped`, []);
          if (page.length === 0) break;
          rows += page.length;
          await write(page.map(({ line }) => `R${line}\n`).join(''));
        }
        await run('CLOSE dumped');
      }
      await write(`E${rows}\n`);
      return { rows };
    } finally {
      await run('ROLLBACK');
    }
  });
}

/**
 * Fills the empty tables of a migrated database from a dump: all or nothing.
 *
 * @throws FillOnceError `store.restore-not-empty`, `store.dump-unreadable`, `store.migration-unknown`
 */
export async function loadTables(
  engine: Engine,
  migrations: readonly Migration[],
  lines: AsyncIterable<string>,
): Promise<{ rows: number }> {
  return engine.withScripts(async (connection) => {
    const { run } = connection;
    await run('BEGIN');
    try {
      const known = await tablesOf(connection);
      await refuseRows(connection, known);
      const keys = await dropForeignKeys(connection);
      const result = await insertLines(connection, migrations, lines);
      await run('RESET ROLE');
      for (const { table, name, definition } of keys) {
        await run(`ALTER TABLE ${quoted(table)} ADD CONSTRAINT ${quoted(name)} ${definition}`);
      }
      await moveSequences(connection);
      await run('COMMIT');
      return result;
    } catch (error) {
      await run('ROLLBACK');
      throw error;
    }
  });
}

async function insertLines(
  { run, query }: ScriptConnection,
  migrations: readonly Migration[],
  lines: AsyncIterable<string>,
): Promise<{ rows: number }> {
  let table: TableLine | null = null;
  let page: string[] = [];
  let rows = 0;
  let ended: number | null = null;
  const flush = async () => {
    if (page.length === 0 || table === null) return;
    const columns = table.columns.map(quoted).join(', ');
    await query(
      `INSERT INTO ${quoted(table.table)} (${columns}) OVERRIDING SYSTEM VALUE
       SELECT ${columns} FROM jsonb_populate_recordset(NULL::${quoted(table.table)}, $1::jsonb)`,
      [`[${page.join(',')}]`],
    );
    rows += page.length;
    page = [];
  };
  let headed = false;
  for await (const line of lines) {
    const rest = line.slice(1);
    if (line.startsWith('H')) {
      const header = JSON.parse(rest) as Header;
      if (header.format !== FORMAT) throw dumpUnreadable(`format ${header.format}`);
      unknownMigrations(header.migrations, migrations);
      headed = true;
      await run('SET LOCAL ROLE fillonce_system');
    } else if (!headed) throw dumpUnreadable('no header');
    else if (line.startsWith('T')) {
      await flush();
      table = JSON.parse(rest) as TableLine;
    } else if (line.startsWith('R')) {
      page.push(rest);
      if (page.length >= ROWS_AT_ONCE) await flush();
    } else if (line.startsWith('E')) {
      await flush();
      ended = Number(rest);
    }
  }
  if (ended !== rows) throw dumpUnreadable(`${rows} rows, ${ended ?? 'no'} at its end`);
  return { rows };
}

async function tablesOf({ query }: ScriptConnection): Promise<readonly TableLine[]> {
  return query<TableLine>(
    `SELECT c.relname AS table, array_agg(a.attname::text ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'schema_migration'
     GROUP BY c.relname ORDER BY c.relname`,
    [],
  );
}

async function refuseRows({ run, query }: ScriptConnection, tables: readonly TableLine[]): Promise<void> {
  await run('SET LOCAL ROLE fillonce_system');
  for (const { table } of tables) {
    const found = await query(`SELECT 1 FROM ${quoted(table)} LIMIT 1`, []);
    if (found.length > 0) throw restoreNotEmpty(table);
  }
  await run('RESET ROLE');
}

/** Tables refer to each other, some in a circle: the keys go, and come back, with their check, when all rows are there. */
async function dropForeignKeys({ run, query }: ScriptConnection) {
  const keys = await query<{ table: string; name: string; definition: string }>(
    `SELECT c.relname AS table, k.conname AS name, pg_get_constraintdef(k.oid) AS definition
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE k.contype = 'f' AND c.relnamespace = 'public'::regnamespace`,
    [],
  );
  for (const { table, name } of keys) await run(`ALTER TABLE ${quoted(table)} DROP CONSTRAINT ${quoted(name)}`);
  return keys;
}

/** Numbers given from now on come after those of the rows. */
async function moveSequences({ query }: ScriptConnection): Promise<void> {
  const columns = await query<{ table: string; column: string; sequence: string }>(
    `SELECT c.relname AS table, a.attname AS column, pg_get_serial_sequence(quote_ident(c.relname), a.attname) AS sequence
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> ''
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'`,
    [],
  );
  for (const { table, column, sequence } of columns) {
    await query('SET LOCAL ROLE fillonce_system', []);
    const [found] = await query<{ last: string | number | null }>(
      `SELECT max(${quoted(column)}) AS last FROM ${quoted(table)}`,
      [],
    );
    await query('RESET ROLE', []);
    await query('SELECT setval($1::regclass, $2::bigint, false)', [sequence, Number(found?.last ?? 0) + 1]);
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
