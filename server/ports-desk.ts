import type { User } from '../core/index.ts';
import type {
  BatchDecision,
  ColumnDifference,
  DecideInput,
  DeskOutcome,
  DeskProgress,
  DriftDecision,
  DriftQuery,
  FixInput,
  MendingPreview,
  OpenRule,
  PreviewInput,
  QuarantinedRecord,
  RecordQuery,
  StoppedBatch,
} from './schema/desk.ts';
import type { CompareQuery, Publication, PublicationComparison } from './schema/publication.ts';
import type { Listing, PageQuery } from './schema/vocabulary.ts';

/**
 * What people do about quarantined records, stopped batches and departures of columns. Every order carries a key: the same key again
 * gives the answer of the first time.
 */
export interface Desk {
  /** Open records by rule, in the themes of the person. */
  rules(user: User): Promise<OpenRule[]>;
  records(user: User, query: RecordQuery): Promise<Listing<QuarantinedRecord>>;
  preview(user: User, input: PreviewInput): Promise<MendingPreview>;
  fix(user: User, input: FixInput): Promise<DeskOutcome>;
  /** Holds records against their contract again, as they came. */
  replay(user: User, input: DecideInput): Promise<DeskOutcome>;
  dismiss(user: User, input: DecideInput): Promise<DeskOutcome>;
  /** How far an order has come; null for an unknown key. */
  progress(user: User, key: string): DeskProgress | null;
  batches(user: User): Promise<StoppedBatch[]>;
  decideBatch(user: User, batch: string, input: BatchDecision): Promise<DeskOutcome>;
  differences(user: User, query: DriftQuery): Promise<Listing<ColumnDifference>>;
  decideDifference(user: User, input: DriftDecision): Promise<DeskOutcome>;
}

export interface Publications {
  list(user: User, page: PageQuery): Promise<Listing<Publication>>;
  compare(user: User, query: CompareQuery): Promise<PublicationComparison>;
}
