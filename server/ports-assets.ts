import type { User } from '../core/index.ts';
import type {
  AssetDetail,
  AssetList,
  BackfillInput,
  BackfillProgress,
  ColumnLineage,
  DictionaryEntry,
} from './schema/asset.ts';

/** What the warehouse makes and of what, seen by people. */
export interface Assets {
  list(): Promise<AssetList>;
  find(key: string): Promise<AssetDetail | null>;
  lineage(column: string): Promise<ColumnLineage | null>;
}

/** Bringing the past of a dataset again. */
export interface BackfillDesk {
  /** @throws FillOnceError 400 for a range that is none, 409 while one of the source runs or the dataset cannot be asked again */
  start(user: User, input: BackfillInput): Promise<BackfillProgress>;
  /** The one that runs or the last; null when there is none. */
  find(source: string): Promise<BackfillProgress | null>;
  cancel(source: string): Promise<void>;
}

export interface Dictionary {
  /** Elements in order of theme, entity and field; with words, those that have every one of them somewhere. */
  search(words: string): Promise<readonly DictionaryEntry[]>;
  /** The whole dictionary as a file. */
  file(format: 'xlsx' | 'csv'): Promise<{ fileName: string; contentType: string; body: ReadableStream<Uint8Array> }>;
}
