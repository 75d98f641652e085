import { createStatistics } from '../analytics/index.ts';
import type { Catalogue, Clock } from '../core/index.ts';
import type { Reports } from '../reports/index.ts';
import type { Store } from '../store/index.ts';
import type { TemplateSet, Vocabulary } from '../templates/index.ts';
import { type Contract, loadContracts, type Reader } from '../warehouse/index.ts';
import type { Announcements, Ports, Probe, Statistics, Webhooks, Workflows } from './ports.ts';
import type { SqlDesk } from './ports-sql.ts';
import { type AssetPortModules, wireAssetPorts } from './wiring/asset-ports.ts';
import { wireCampaigns } from './wiring/campaigns.ts';
import { type DeskModules, wireDesk } from './wiring/desk.ts';
import { wireReleases } from './wiring/exports.ts';
import { wireIncidents } from './wiring/incidents.ts';
import { wireMarts } from './wiring/marts.ts';
import { wireMatching } from './wiring/matching.ts';
import { wirePublications } from './wiring/publications.ts';
import { wireOrgUnits, wireSessions, wireUsers } from './wiring/sign-in.ts';
import { type ConfiguredDataset, type SourceModules, wireSources } from './wiring/sources.ts';
import { wireTaskWorkbooks } from './wiring/task-workbooks.ts';
import { wirePatches, wireReviews, wireTasks } from './wiring/tasks.ts';
import { type TemplateModules, wireTemplates } from './wiring/templates.ts';

export interface Modules {
  readonly store: Store;
  readonly reader: Reader;
  readonly reports: Reports;
  readonly templates: TemplateSet;
  readonly vocabulary: Vocabulary;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly workflows: Workflows;
  readonly announcements: Announcements;
  /** Absent: those of `analytics/statistics`. */
  readonly statistics?: Statistics;
  readonly webhooks: Webhooks;
  /** Looks through an uploaded workbook before anything else touches it: `createWarmInspector` of `templates/xlsx`. */
  readonly inspect: TemplateModules['inspect'];
  /** The datasets of the source list. */
  readonly datasets: readonly ConfiguredDataset[];
  readonly contracts?: ReadonlyMap<string, Contract>;
  /** Questions to the warehouse's working file (`Warehouse.query`), where the warehouse is in this process. */
  readonly working?: SourceModules['working'];
  /** The warehouse's desks, where the warehouse is in this process. */
  readonly desk?: DeskModules;
  /** Folder of the publications. */
  readonly publicationFolder: string;
  /** What of the sources can be asked again, and the workflows that do it. */
  readonly backfill?: AssetPortModules['backfill'];
  readonly landing?: AssetPortModules['landing'];
  /** `wireSql`; absent: statements are not run here. */
  readonly sql?: SqlDesk;
  readonly sessionMs: number;
  /** Folder for exports on their way out. */
  readonly exportFolder: string;
  /** Parts that must answer for the server to be ready, besides the store. */
  readonly probes?: readonly Probe[];
}

/**
 * The server's ports over the real modules.
 *
 * @example const server = createServer(createPorts({ store, reader, reports, … }), serverConfig);
 */
export function createPorts(modules: Modules): Ports {
  const { store, reader, reports, catalogue, clock } = modules;
  const contracts = modules.contracts ?? loadContracts(catalogue);
  const { pullSource, ...sources } = wireSources({ ...modules, contracts });
  const marts = wireMarts({ reader, catalogue });
  return {
    users: wireUsers(store),
    sessions: wireSessions(store, clock, modules.sessionMs),
    org: wireOrgUnits(store),
    tasks: wireTasks({ store, reports }),
    patches: wirePatches({ store, reports }),
    taskWorkbooks: wireTaskWorkbooks(modules),
    reviews: wireReviews({ store, reports }),
    templates: wireTemplates(modules),
    campaigns: wireCampaigns({ store, reports }),
    releases: wireReleases({ store, reports, folder: modules.exportFolder, clock }),
    workflows: { ...modules.workflows, pullSource },
    marts,
    statistics: modules.statistics ?? createStatistics({ reader, catalogue }),
    sources,
    ...wireAssetPorts(modules),
    desk: wireDesk({ store, catalogue, contracts, datasets: modules.datasets, desk: modules.desk }),
    matching: wireMatching({ store, catalogue, contracts, desk: modules.desk }),
    publications: wirePublications({ folder: modules.publicationFolder, marts, catalogue, clock }),
    incidents: wireIncidents({ store }),
    ...(modules.sql === undefined ? {} : { sql: modules.sql }),
    webhooks: modules.webhooks,
    announcements: modules.announcements,
    probes: [
      {
        name: 'store',
        check: () =>
          store.system.transaction(
            async (tx) => void (await tx.db.selectNoFrom((eb) => eb.lit(1).as('one')).execute()),
          ),
      },
      ...(modules.probes ?? []),
    ],
  };
}
