import type { SourceConfig } from '../../connectors/index.ts';
import type { Catalogue } from '../../core/index.ts';
import type { Reports } from '../../reports/index.ts';
import type { Store } from '../../store/index.ts';
import type { Landing, SealingSpool, Serving, Warehouse } from '../../warehouse/index.ts';
import type { ServingOutcome } from '../../workflows/index.ts';
import type { createAnnouncements } from './announcements.ts';
import type { PlatformOptions } from './platform.ts';
import type { Sources } from './sources.ts';

/** What the workers and the server of one platform share. */
export interface Parts extends PlatformOptions {
  readonly store: Store;
  readonly landing: Landing;
  readonly warehouse: Warehouse;
  readonly reports: Reports;
  readonly sources: Sources;
  readonly catalogue: Catalogue;
  readonly configs: readonly SourceConfig[];
  readonly incidentSpool: SealingSpool;
  /** The database that BI tools read; null: none is configured. */
  readonly serving: Serving | null;
  /** Orders the copy of the current publication. */
  readonly serveTables: () => void;
  /** Has campaigns prefilled that could not be before there was a publication. */
  readonly prefillWaiting: () => void;
  readonly noteServing: (outcome: ServingOutcome) => Promise<void>;
  readonly announcements: ReturnType<typeof createAnnouncements>;
}
