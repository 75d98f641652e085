import { connect, createServer, type Socket } from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import type { Catalogue } from '../../core/catalogue.ts';
import type { SourceName } from '../endpoints.ts';
import type { Faults } from '../faults.ts';
import type { Ports } from '../ports.ts';
import type { Progress } from '../progress.ts';
import { columnType, copyLines } from './office-tables.ts';
import type { Table, TableShape } from './table.ts';

export interface OfficeTable {
  readonly shape: TableShape;
  readonly table: Table;
}

export interface OfficesParts {
  readonly catalogue: Catalogue;
  readonly tables: readonly OfficeTable[];
  readonly faults: Faults;
  readonly progress: Progress;
  readonly ports: Ports;
}

export interface Offices {
  readonly url: string;
  /** Resolves when the registers are loaded; connections made before wait for it. */
  readonly ready: Promise<void>;
  advanced(): Promise<void>;
  close(): Promise<void>;
}

const COPY_ROWS = 20_000;
/** A client that holds the one session longer than this loses it. */
const TURN_MS = 120_000;
/** Small buffers: the database is read a few times and then sits there (0.5 GB instead of 0.8). */
const SETTINGS = [
  'shared_buffers = 16MB',
  'wal_level = minimal',
  'max_wal_senders = 0',
  'max_wal_size = 64MB',
  'autovacuum = off',
  "timezone = 'Asia/Shanghai'",
];

/**
 * The civil affairs and housing offices: one Postgres database that is spoken to over the wire. It has one session, so
 * connections take turns: the next one is let in when the last has closed.
 */
export async function openOffices({ catalogue, tables, faults, progress, ports }: OfficesParts): Promise<Offices> {
  let database: PGlite | undefined;
  let inner: PGLiteSocketServer | undefined;
  const sockets = new Set<Socket>();
  /** Ends when the present holder of the session has gone. */
  let turn: Promise<void> = Promise.resolve();
  let closing = false;

  const ready = (async () => {
    database = await PGlite.create({ postgresqlconf: SETTINGS });
    await database.exec(schemaOf(catalogue, tables));
    await load(database);
    inner = new PGLiteSocketServer({ db: database, host: '127.0.0.1', port: 0, maxConnections: 4 });
    await inner.start();
  })();
  turn = ready.catch((error: unknown) => {
    // A city without its offices is no city: the process ends, and says why.
    process.nextTick(() => {
      throw error;
    });
  });

  async function load(into: PGlite): Promise<void> {
    await into.exec('RESET ROLE');
    for (const { shape, table } of tables) {
      const name = `${shape.source}.${shape.dataset}`;
      const key = table.columns.find((column) => shape.columns[column] === shape.key);
      const positions = table.positions();
      // One transaction from TRUNCATE to the last COPY spares the log, and an index is made faster than it grows.
      await into.exec(`BEGIN; DROP INDEX IF EXISTS ${name}_read; TRUNCATE ${name};`);
      for (let at = 0; at < positions.length; at += COPY_ROWS) {
        const lines = copyLines(table, positions.subarray(at, at + COPY_ROWS));
        await into.query(`COPY ${name} FROM '/dev/blob'`, [], { blob: new Blob([lines]) });
        // The other sources live in the same process: let them answer between blocks.
        await new Promise((resolve) => setImmediate(resolve));
      }
      await into.exec(`CREATE INDEX ${shape.dataset}_read ON ${name} (${shape.observed.column}, ${key}); COMMIT;`);
      progress.report(shape.source as SourceName, shape.dataset, () => ({ served: positions.length }));
    }
    await into.exec('SET ROLE reader');
  }

  /** Runs when everyone before has gone. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = turn.then(work);
    turn = done.catch(() => {});
    return done;
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    if (closing || faults.has('civil', 'down') || faults.has('housing', 'down')) return void socket.destroy();
    socket.pause();
    inTurn(() => serve(socket)).catch(() => socket.destroy());
  });

  function serve(socket: Socket): Promise<void> {
    const address = inner?.getServerConn().split(':');
    if (socket.destroyed || !address) {
      socket.destroy();
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const session = connect(Number(address[1]), address[0]);
      const expiry = setTimeout(() => socket.destroy(), TURN_MS);
      const end = () => {
        clearTimeout(expiry);
        socket.destroy();
        session.destroy();
      };
      socket.once('close', end);
      session.once('error', end);
      session.once('close', () => {
        end();
        // The inner server forgets a session one turn of the loop after its socket has closed.
        setTimeout(resolve, 2);
      });
      socket.pipe(session);
      session.pipe(socket);
      socket.resume();
    });
  }

  const port = await ports.listen(server, 'offices');
  return {
    url: `postgres://reader:reader@127.0.0.1:${port}/offices?sslmode=disable`,
    ready,
    advanced: () => inTurn(async () => database && load(database)),
    close: async () => {
      closing = true;
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await ready.catch(() => {});
      await turn;
      await inner?.stop();
      await database?.close();
    },
  };
}

/** Tables, and a role that may only read them. */
function schemaOf(catalogue: Catalogue, tables: readonly OfficeTable[]): string {
  const schemas = [...new Set(tables.map(({ shape }) => shape.source))];
  const lines = schemas.map((schema) => `CREATE SCHEMA ${schema};`);
  for (const { shape, table } of tables) {
    const columns = table.columns.map((column) => `${column} ${columnType(catalogue, shape, column)}`);
    const name = `${shape.source}.${shape.dataset}`;
    lines.push(`CREATE TABLE ${name} (${columns.join(', ')});`);
  }
  lines.push('CREATE ROLE reader LOGIN;');
  for (const schema of schemas)
    lines.push(
      `GRANT USAGE ON SCHEMA ${schema} TO reader;`,
      `GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO reader;`,
    );
  return lines.join('\n');
}
