import { Socket } from 'node:net';
import { Client, DatabaseError } from 'pg';
import type { Clock } from '../core/clock.ts';
import { FillOnceError } from '../core/errors.ts';
import { withDeadline } from './deadline.ts';
import { sqlConnect, sqlRefused, timedOut } from './errors.ts';

/** One read-only connection, opened when first needed and again after it was lost. */
export interface SqlSession {
  /**
   * The rows of a query as arrays of text.
   *
   * @throws FillOnceError `connectors.sql.connect` (retryable), `connectors.sql.refused`, `connectors.timeout`
   */
  query(sql: string, parameters: readonly unknown[], signal: AbortSignal): Promise<(string | null)[][]>;
  close(): Promise<void>;
}

export function createSqlSession(options: {
  connectionString: string;
  where: string;
  waitMs: number;
  clock: Clock;
}): SqlSession {
  const { connectionString, where, waitMs, clock } = options;
  let open: { client: Client; socket: Socket } | null = null;

  async function connect(): Promise<Client> {
    if (open) return open.client;
    const socket = new Socket();
    const client = new Client({
      connectionString,
      application_name: 'fillonce',
      stream: () => socket,
      // Every value as the text that the server sends.
      types: { getTypeParser: () => (text: unknown) => text },
    });
    open = { client, socket };
    // A connection that breaks between queries is noticed at the next one.
    client.on('error', () => drop(client));
    await client.connect();
    return client;
  }

  function drop(client: Client): void {
    if (open?.client !== client) return;
    open.socket.destroy();
    open = null;
  }

  return {
    query: (sql, parameters, signal) =>
      withDeadline({ clock, waitMs, signal, expired: () => timedOut(where, waitMs) }, async (limit) => {
        const giveUp = () => open && drop(open.client);
        limit.addEventListener('abort', giveUp, { once: true });
        try {
          const client = await connect();
          // Local to the transaction: behind a pooler the session is somebody else's next.
          await client.query("begin read only; set local time zone 'Asia/Shanghai'");
          const { rows } = await client.query<(string | null)[]>({
            text: sql,
            values: [...parameters],
            rowMode: 'array',
          });
          await client.query('commit');
          return rows;
        } catch (error) {
          giveUp();
          throw error instanceof FillOnceError ? error : describe(error, where);
        } finally {
          limit.removeEventListener('abort', giveUp);
        }
      }),
    close: async () => {
      if (!open) return;
      const { client } = open;
      // A polite goodbye frees the server's only place at once; a server that does not answer it is left.
      const goodbye = { clock, waitMs: GOODBYE_MS, signal: new AbortController().signal };
      await withDeadline({ ...goodbye, expired: () => timedOut(where, GOODBYE_MS) }, (limit) =>
        Promise.race([
          client.end(),
          new Promise((_, reject) => limit.addEventListener('abort', () => reject(limit.reason), { once: true })),
        ]),
      ).catch(() => undefined);
      drop(client);
    },
  };
}

const GOODBYE_MS = 1000;

/** Classes of SQLSTATE after which the same query may succeed: connection, resources, operator, serialisation. */
const PASSING = ['08', '53', '57', '40', '55'];

function describe(error: unknown, where: string): FillOnceError {
  const refused = error instanceof DatabaseError && !PASSING.includes(error.code?.slice(0, 2) ?? '');
  return refused ? sqlRefused(where, error) : sqlConnect(where, error);
}
