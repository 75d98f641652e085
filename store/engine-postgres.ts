import { PostgresDialect } from 'kysely';
import pg from 'pg';
import { ACQUIRE_DEADLINE_MS, type Engine } from './engine.ts';

const DATE = 1082;
const INT8 = 20;
const READ_AS: Readonly<Record<number, (value: string) => unknown>> = {
  // Counters stay far below 2^53; dates stay text, because a civil date is not an instant.
  [INT8]: Number,
  [DATE]: (value) => value,
};

export interface PostgresEngineOptions {
  readonly url: string;
  readonly maxConnections: number;
}

/** A Postgres server, 15 or newer, over a pool of connections. */
export function openPostgresEngine({ url, maxConnections }: PostgresEngineOptions): Engine {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: ACQUIRE_DEADLINE_MS,
    idle_in_transaction_session_timeout: 60_000,
    application_name: 'fillonce',
    types: {
      getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
        READ_AS[oid] ?? pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
    },
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  return {
    name: 'postgres',
    dialect: new PostgresDialect({ pool }),
    withScripts: async (work) => {
      const client = await pool.connect();
      try {
        return await work({
          run: async (script) => {
            await client.query(script);
          },
          query: async <Row>(text: string, parameters: readonly unknown[]) =>
            (await client.query(text, [...parameters])).rows as Row[],
        });
      } finally {
        client.release();
      }
    },
    waiting: () => pool.waitingCount,
    // Kysely's destroy has ended the pool, unless nothing went through Kysely.
    close: async () => {
      if (!pool.ending) await pool.end();
    },
  };
}
