import type { ErrorBody } from '../../core/errors.ts';
import type { SqlGrant, SqlScalar } from './grant.ts';

/** What a query process may take. */
export interface ChildLimits {
  /** Of DuckDB. */
  readonly memoryMb: number;
  /** Of DuckDB's spill files. */
  readonly tempMb: number;
}

export type ChildRequest =
  | {
      readonly kind: 'open';
      readonly grant: SqlGrant;
      readonly limits: ChildLimits;
      /** The only folder that DuckDB may touch. */
      readonly folder: string;
    }
  | {
      readonly kind: 'check';
      readonly statement: string;
      readonly parameters: Readonly<Record<string, SqlScalar>>;
    }
  | {
      readonly kind: 'run';
      readonly statement: string;
      readonly parameters: Readonly<Record<string, SqlScalar>>;
      readonly limit: number;
      /** Parquet file to write, inside `folder`. */
      readonly file: string;
    };

export interface Estimate {
  readonly rows: number;
  readonly handledRows: number;
  readonly bytes: number;
}

export interface CheckReport {
  readonly problems: readonly ErrorBody[];
  readonly parameters: readonly string[];
  readonly tables: readonly string[];
  /** Null while the statement does not stand or lacks a parameter. */
  readonly estimate: Estimate | null;
}

export interface ResultColumn {
  readonly name: string;
  /** The engine's type of the statement's column. */
  readonly sqlType: string;
}

export interface RunReport {
  readonly columns: readonly ResultColumn[];
  readonly rows: number;
  /** True when the statement has more rows than the limit. */
  readonly truncated: boolean;
}

export type ChildReply =
  | { readonly kind: 'opened' }
  | { readonly kind: 'checked'; readonly report: CheckReport }
  | { readonly kind: 'finished'; readonly report: RunReport }
  | { readonly kind: 'failed'; readonly error: ErrorBody };
