import type { Json, JsonObject } from '../core/json.ts';

/** Records as the source spelled them: one JSON object a line, each line ended by `\n`. */
export interface RawRecords {
  readonly count: number;
  readonly ndjson: Uint8Array;
}

/** One step of a pull. A consumer that stores the page and then its cursor never loses and never skips a record. */
export interface Page {
  readonly records: readonly JsonObject[];
  /** The same records in the source's own spelling, where the connector has it: landing then writes no second JSON. */
  readonly raw?: RawRecords;
  /** Where the next pull goes on once this page is stored. */
  readonly cursor: Json;
}

export interface PullRequest {
  readonly dataset: string;
  /** The cursor of the last stored page; null pulls everything. */
  readonly cursor: Json;
  readonly signal: AbortSignal;
}

/** In: a cursor; out: pages, one at a time: the next page is asked for when the last one has been taken. */
export interface Connector {
  /** @throws FillOnceError with `retryable` set right. */
  pull(request: PullRequest): AsyncIterable<Page>;
}

/** Where pushed records go. */
export interface Spool {
  /** Resolves when the records are on disk. */
  append(records: readonly JsonObject[]): Promise<void>;
}
