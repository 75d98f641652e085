import type { User } from '../core/index.ts';
import type {
  SavedSql,
  SavedSqlInput,
  SqlCheck,
  SqlCheckInput,
  SqlFormat,
  SqlHistoryEntry,
  SqlPage,
  SqlPageQuery,
  SqlRun,
  SqlRunInput,
  SqlSchema,
} from './schema/sql.ts';

export interface SqlFile {
  readonly fileName: string;
  readonly contentType: string;
  readonly body: ReadableStream<Uint8Array>;
  readonly rows: number;
  /** True when the statement has more rows than were asked for. */
  readonly truncated: boolean;
}

/** Statements of analysts: checked, queued, run apart, kept for a while, audited. Null for a query that is not the user's. */
export interface SqlDesk {
  schema(user: User): Promise<SqlSchema>;
  check(user: User, input: SqlCheckInput): Promise<SqlCheck>;
  /** @throws FillOnceError 429 when the user or the platform has too many waiting */
  run(user: User, input: SqlRunInput): Promise<SqlRun>;
  page(user: User, queryId: string, query: SqlPageQuery, signal: AbortSignal): Promise<SqlPage | null>;
  cancel(user: User, queryId: string): Promise<boolean>;
  /** The whole result up to the limit; runs the statement again when only its beginning was kept. */
  exportFile(
    user: User,
    queryId: string,
    how: { readonly format: SqlFormat; readonly limit: number },
    signal: AbortSignal,
  ): Promise<SqlFile | null>;
  saved(user: User): Promise<SavedSql[]>;
  /** Null when the id names a saved query that is not the user's. */
  save(user: User, input: SavedSqlInput): Promise<SavedSql | null>;
  deleteSaved(user: User, id: string): Promise<boolean>;
  history(user: User, limit: number): Promise<SqlHistoryEntry[]>;
}
