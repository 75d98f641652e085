import type { Measured } from './copy-file.ts';

/** What a backup is written to: a folder or one file. It appears at its place only when it is whole. */
export interface BackupTarget {
  /** A file that is written before it is given to `take`; nobody else has it. */
  readonly scratch: string;
  /** Copies a file in under a name of its own. @throws `ENOENT` for one that is gone */
  put(path: string, from: string): Promise<Measured>;
  /** Moves the scratch file in. */
  take(path: string): Promise<Measured>;
  putText(path: string, text: string): Promise<Measured>;
  /** Flushes it to disk and lets it appear. */
  finish(): Promise<void>;
  /** Deletes what was written. */
  discard(): Promise<void>;
}
