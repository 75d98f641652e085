import type { Writable } from 'node:stream';
import type { Message } from '../../../core/errors.ts';
import type { XlsxLimits } from '../limits.ts';
import type { CellInput } from './input.ts';

/** Values of one sample row or record, cell by cell; shorter ones leave the rest as the sample has it. */
export type RowInput = readonly CellInput[];

export interface FillData {
  /** By address: `台账!B3`, or `B3` on the first sheet. Addresses are the template's, before anything grows. */
  readonly cells?: Readonly<Record<string, CellInput>>;
  /** By defined name: a value for its first cell, or rows of values from there. */
  readonly names?: Readonly<Record<string, CellInput | readonly RowInput[]>>;
  /**
   * By the defined name that marks the sample row(s): one array for each record, one value for each cell of the named
   * range (row by row when the record has several lines). Arrays as long as one line of a sample of several lines fill
   * one line each, as in a form with ruled lines, unless the sample has cells merged across its lines. undefined keeps the sample cell with its formula, null empties it.
   * No rows at all leave one empty record, so that totals and drop-downs keep something to refer to.
   */
  readonly rows?: Readonly<Record<string, Iterable<RowInput> | AsyncIterable<RowInput>>>;
  /** By the defined name that marks the sample column(s): one array for each repetition, as for rows. Columns grow before rows. */
  readonly columns?: Readonly<Record<string, Iterable<RowInput> | AsyncIterable<RowInput>>>;
  /** What `{{path}}` inside text becomes: in cells, headers and footers, comments, shapes and chart titles. */
  readonly text?: Readonly<Record<string, string | number>>;
}

export interface FillOptions {
  readonly limits?: Partial<XlsxLimits>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: FillProgress) => void;
}

export interface FillProgress {
  readonly stage: 'reading' | 'writing';
  readonly rows: number;
}

export interface FillWarning {
  readonly code: 'valueDropped' | 'rangeWidened' | 'placeholder' | 'columnRenamed';
  /** A cell, name or part; with how many more of the kind there were. */
  readonly where: string;
  readonly message: Message;
}

export interface FillResult {
  /** Records written, by sample. */
  readonly rows: Readonly<Record<string, number>>;
  readonly columns: Readonly<Record<string, number>>;
  readonly parts: {
    readonly changed: readonly string[];
    readonly removed: readonly string[];
    /** Copied with their compressed bytes. */
    readonly copied: readonly string[];
  };
  readonly warnings: readonly FillWarning[];
  /** Size of the file. */
  readonly bytes: number;
}

export type FillTarget = string | Writable;
