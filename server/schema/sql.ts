import { z } from '@hono/zod-openapi';
import { martColumn } from './mart.ts';
import { errorBody, message, orNull, role, scalar, theme, timestamp } from './vocabulary.ts';

/** Characters of a statement. */
export const STATEMENT_LIMIT = 20_000;
/** Rows that a run keeps for the screen at most. */
export const SCREEN_ROWS = 100_000;
/** Rows that an export takes at most. */
export const EXPORT_ROWS = 1_000_000;
/** Rows of one page of a result. */
export const SQL_PAGE_LIMIT = 2_000;

export const SQL_FORMATS = ['csv', 'xlsx', 'json', 'parquet', 'arrow'] as const;
export type SqlFormat = (typeof SQL_FORMATS)[number];

export const sqlColumn = martColumn
  .extend({
    /** As the engine says it: `VARCHAR`, `DECIMAL(12,2)`. A masked column is always `VARCHAR`. */
    sqlType: z.string(),
    /** Id of the element, `population.person.phone`; null for what a mart computes. */
    element: z.string().nullable(),
  })
  .openapi('SqlColumn');

export const sqlMart = z
  .object({
    /** What a statement calls it: `population.person`. */
    table: z.string(),
    theme,
    name: z.string(),
    title: message,
    /** Rows of the whole mart; a statement reads those of the reader's scope. */
    rows: z.number().int(),
    columns: z.array(sqlColumn),
  })
  .openapi('SqlMart');
export type SqlMart = z.infer<typeof sqlMart>;

export const sqlSchema = z
  .object({
    publicationId: z.string().nullable(),
    publishedAt: timestamp.nullable(),
    themes: z.array(z.object({ theme, title: message, marts: z.array(sqlMart) })),
    /** Functions that the gate lets through, for completion. */
    functions: z.array(z.string()),
    limits: z.object({
      statementCharacters: z.number().int(),
      screenRows: z.number().int(),
      exportRows: z.number().int(),
      pageRows: z.number().int(),
      timeMs: z.number().int(),
      memoryMb: z.number().int(),
    }),
  })
  .openapi('SqlSchema');
export type SqlSchema = z.infer<typeof sqlSchema>;

/** Text that the store can keep: no NUL, no half of a character. */
function storable(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text);
}

function isStorable(value: unknown): boolean {
  return typeof value !== 'string' || storable(value);
}

/** Values of `$name` in a statement; they are bound, never pasted. */
const parameters = z
  .record(z.string().regex(/^[A-Za-z_]\w{0,62}$/), scalar)
  .refine(
    (values) => JSON.stringify(values).length <= STATEMENT_LIMIT && Object.values(values).every(isStorable),
    'size',
  )
  .default({});

const statement = z.string().min(1).max(STATEMENT_LIMIT).refine(storable, 'NUL');

export const sqlCheckInput = z.object({ statement, parameters }).openapi('SqlCheckInput');
export type SqlCheckInput = z.infer<typeof sqlCheckInput>;

export const sqlProblem = z
  .object({
    code: z.string(),
    message,
    /** What to do about it. */
    next: orNull(message),
    /** Offset into the statement in UTF-16 units; null when the problem has no place. */
    position: z.number().int().nullable(),
    length: z.number().int().nullable(),
  })
  .openapi('SqlProblem');
export type SqlProblem = z.infer<typeof sqlProblem>;

export const sqlEstimate = z
  .object({
    /** Rows of the answer, a power of ten that it will hardly exceed. */
    rows: z.number().int(),
    /** Rows that all steps together will handle, a power of ten. */
    handledRows: z.number().int(),
    /** Bytes of the answer, a power of ten. */
    bytes: z.number().int(),
    /** `huge` will probably end at a limit. */
    cost: z.enum(['small', 'medium', 'large', 'huge']),
    warnings: z.array(message),
  })
  .openapi('SqlEstimate');
export type SqlEstimate = z.infer<typeof sqlEstimate>;

export const sqlCheck = z
  .object({
    ok: z.boolean(),
    problems: z.array(sqlProblem),
    /** Names of the `$name` in the statement, in order, each once. */
    parameters: z.array(z.string()),
    /** Marts that the statement reads. */
    tables: z.array(z.string()),
    /** Null while the statement does not stand, or a parameter has no value yet. */
    estimate: orNull(sqlEstimate),
    publicationId: z.string().nullable(),
  })
  .openapi('SqlCheck');
export type SqlCheck = z.infer<typeof sqlCheck>;

export const sqlRunInput = z
  .object({
    statement,
    parameters,
    /** Rows to keep for the screen. */
    limit: z.number().int().min(1).max(SCREEN_ROWS).default(10_000),
  })
  .openapi('SqlRunInput');
export type SqlRunInput = z.infer<typeof sqlRunInput>;

export const sqlState = z.enum(['queued', 'running', 'done', 'failed', 'cancelled']).openapi('SqlState');
export type SqlState = z.infer<typeof sqlState>;

export const sqlRun = z
  .object({
    queryId: z.string(),
    state: sqlState,
    /** Place in the queue, 1 is next; null when it does not wait. */
    position: z.number().int().nullable(),
  })
  .openapi('SqlRun');
export type SqlRun = z.infer<typeof sqlRun>;

export const sqlPageQuery = z.object({
  offset: z.coerce.number().int().min(0).max(SCREEN_ROWS).default(0),
  limit: z.coerce.number().int().min(1).max(SQL_PAGE_LIMIT).default(500),
  /** Answers when the state or the place in the queue changes, or after so long; 0 answers at once. */
  waitMs: z.coerce.number().int().min(0).max(20_000).default(0),
});
export type SqlPageQuery = z.infer<typeof sqlPageQuery>;

export const sqlResultColumn = z
  .object({
    name: z.string(),
    sqlType: z.string(),
    type: z.enum(['text', 'integer', 'decimal', 'date', 'timestamp', 'boolean']),
  })
  .openapi('SqlResultColumn');
export type SqlResultColumn = z.infer<typeof sqlResultColumn>;

export const sqlPage = z
  .object({
    queryId: z.string(),
    state: sqlState,
    position: z.number().int().nullable(),
    /** Why it failed, was refused or was stopped. */
    error: orNull(errorBody),
    publicationId: z.string().nullable(),
    /** Since it left the queue. */
    elapsedMs: z.number().int(),
    columns: z.array(sqlResultColumn),
    /** Integers beyond 2^53 come as text, decimals as numbers. */
    items: z.array(z.array(scalar)),
    /** Rows kept. */
    total: z.number().int(),
    /** True when the statement has more rows than were kept: an export fetches them. */
    truncated: z.boolean(),
    offset: z.number().int(),
    limit: z.number().int(),
  })
  .openapi('SqlPage');
export type SqlPage = z.infer<typeof sqlPage>;

export const sqlExportQuery = z.object({
  queryId: z.string().min(1).max(100),
  format: z.enum(SQL_FORMATS),
  limit: z.coerce.number().int().min(1).max(EXPORT_ROWS).default(EXPORT_ROWS),
});

const savedParameters = z
  .array(
    z.object({
      name: z.string().regex(/^[A-Za-z_]\w{0,62}$/),
      /** Shown as the placeholder and used when nothing is typed. */
      value: scalar,
    }),
  )
  .max(50);

export const sqlShare = z.union([z.literal('private'), z.literal('everyone'), role]).openapi('SqlShare');

export const savedSqlInput = z
  .object({
    /** Absent: a new one. */
    id: z.string().min(1).max(100).optional(),
    title: z.string().trim().min(1).max(120),
    statement,
    parameters: savedParameters.default([]),
    /** Nobody else, everyone who may run statements, or those of one role. */
    share: sqlShare.default('private'),
  })
  .openapi('SavedSqlInput');
export type SavedSqlInput = z.infer<typeof savedSqlInput>;

export const savedSql = z
  .object({
    id: z.string(),
    title: z.string(),
    statement: z.string(),
    parameters: savedParameters,
    share: sqlShare,
    owner: z.object({ id: z.string(), name: z.string() }),
    /** True when it is the reader's own: he may change and delete it. */
    mine: z.boolean(),
    updatedAt: timestamp,
  })
  .openapi('SavedSql');
export type SavedSql = z.infer<typeof savedSql>;

export const savedSqlList = z.object({ items: z.array(savedSql) }).openapi('SavedSqlList');

export const sqlHistoryQuery = z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) });

export const sqlHistoryEntry = z
  .object({
    queryId: z.string(),
    at: timestamp,
    statement: z.string(),
    parameters: z.record(z.string(), scalar),
    outcome: z.enum(['running', 'done', 'refused', 'failed', 'cancelled', 'stopped']),
    /** `analytics.sql.function` and the like; null when it went well. */
    code: z.string().nullable(),
    rows: z.number().int().nullable(),
    elapsedMs: z.number().int().nullable(),
    publicationId: z.string().nullable(),
  })
  .openapi('SqlHistoryEntry');
export type SqlHistoryEntry = z.infer<typeof sqlHistoryEntry>;

export const sqlHistory = z.object({ items: z.array(sqlHistoryEntry) }).openapi('SqlHistory');
