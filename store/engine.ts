import type { Dialect } from 'kysely';

/** Runs a text of several statements on one connection. */
export interface ScriptConnection {
  run(script: string): Promise<void>;
  query<Row>(text: string, parameters: readonly unknown[]): Promise<Row[]>;
}

/** What differs between the embedded database and a server: everything above speaks Kysely and does not know which it is. */
export interface Engine {
  readonly name: 'pglite' | 'postgres';
  readonly dialect: Dialect;
  /** Gives one connection of its own to `work`, for scripts; used by migrations. */
  withScripts<T>(work: (connection: ScriptConnection) => Promise<T>): Promise<T>;
  /** How many callers wait for a connection now. */
  waiting(): number;
  close(): Promise<void>;
}

/** How long a caller waits for a connection before it is told that the store is busy. */
export const ACQUIRE_DEADLINE_MS = 15_000;
/** How many callers may wait at once. */
export const ACQUIRE_QUEUE_LIMIT = 2_000;
