import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CampaignId,
  type Clock,
  loadCatalogue,
  orgPath,
  type Role,
  type Sensitivity,
  type User,
} from '../../core/index.ts';
import { createReports, type Reports } from '../../reports/index.ts';
import {
  type Announcement,
  createEventRelay,
  createPorts,
  createServer,
  type EventRelay,
  type FillOnceServer,
  type ServerConfig,
  type ServerLog,
  type Workflows,
  wireSql,
} from '../../server/index.ts';
import {
  createFolderObjects,
  createUser,
  findUser,
  getCampaign,
  hashPassword,
  moveIncident,
  openStore,
  replaceOrgUnits,
  type Store,
} from '../../store/index.ts';
import { loadTemplates, loadVocabulary } from '../../templates/index.ts';
import { inspectWorkbook } from '../../templates/xlsx/index.ts';
import {
  type Landing,
  openLanding,
  openReader,
  openWarehouse,
  type Reader,
  type Warehouse,
} from '../../warehouse/index.ts';
import { dwellingRecords, OFFICE, UNITS } from './records.ts';

export const PASSWORD = 'a test password';

export interface Office {
  readonly server: FillOnceServer;
  readonly store: Store;
  readonly reports: Reports;
  readonly reader: Reader;
  readonly warehouse: Warehouse;
  readonly landing: Landing;
  readonly relay: EventRelay;
  readonly users: Readonly<Record<Login, User>>;
  announce(announcement: Announcement): void;
  close(): Promise<void>;
}

export type Login = keyof typeof PEOPLE;

const PEOPLE = {
  clerk: { name: '王芳', role: 'clerk', scope: `${OFFICE}/c05`, sensitivity: 'sensitive' },
  colleague: { name: '张丽', role: 'clerk', scope: `${OFFICE}/c05`, sensitivity: 'sensitive' },
  outsider: { name: '钱进', role: 'clerk', scope: `${OFFICE}/c06`, sensitivity: 'sensitive' },
  reviewer: { name: '李建国', role: 'reviewer', scope: OFFICE, sensitivity: 'sensitive' },
  admin: { name: '陈晓', role: 'admin', scope: OFFICE, sensitivity: 'sensitive' },
  leader: { name: '赵主任', role: 'leader', scope: OFFICE, sensitivity: 'internal' },
  analyst: { name: '孙敏', role: 'analyst', scope: OFFICE, sensitivity: 'internal' },
  duty: { name: '周强', role: 'duty', scope: OFFICE, sensitivity: 'internal' },
} as const satisfies Record<string, { name: string; role: Role; scope: string; sensitivity: Sensitivity }>;

const SILENT: ServerLog = { info: () => {}, warn: () => {}, error: () => {} };

/** A whole office over the real modules: store, landing, warehouse with one publication, reports, server. */
export async function openOffice(options: {
  clock: Clock;
  /** 0 leaves the warehouse without a publication. */
  dwellings?: number;
  /** Runs statements of analysts, in processes of the compiled platform. */
  sql?: boolean;
  server?: Partial<ServerConfig>;
}): Promise<Office> {
  const { clock, dwellings = 48 } = options;
  const folder = await mkdtemp(join(tmpdir(), 'fillonce-office-'));
  const catalogue = loadCatalogue();
  const store = await openStore({ folder: 'memory', clock });
  const users = await addPeople(store);
  await store.system.transaction((tx) => replaceOrgUnits(tx, UNITS));

  const landing = openLanding({ folder: join(folder, 'landing'), clock });
  const warehouse = await openWarehouse({
    folder: join(folder, 'warehouse'),
    landing,
    catalogue,
    clock,
    memoryMb: 512,
    threads: 2,
  });
  const records = dwellingRecords(dwellings, clock.now());
  for (const [source, dataset, rows] of [
    ['platform', 'org_unit', UNITS.map(({ path, name, kind }) => ({ path, name, kind }))],
    ['grid', 'dwelling', records.grid],
    ['housing', 'property', records.housing],
  ] as const) {
    const writer = landing.write(source, dataset);
    await writer.append(rows);
    await writer.commit(null);
  }
  if (dwellings > 0) {
    await warehouse.stageOutstanding();
    await warehouse.refresh();
    await warehouse.publish();
  }
  const reader = openReader({ folder: join(folder, 'warehouse') });

  const templates = loadTemplates({ catalogue });
  const objects = createFolderObjects({ folder: join(folder, 'objects'), clock });
  const reports = createReports({ store, reader, objects, templates, catalogue, landing });
  const listeners = new Set<(announcement: Announcement) => void>();
  const announce = (announcement: Announcement) => {
    for (const listener of listeners) listener(announcement);
  };
  const sql = options.sql ? await wireSql({ store, reader, catalogue, clock, folder: join(folder, 'sql') }) : undefined;
  const ports = createPorts({
    store,
    reader,
    reports,
    templates,
    vocabulary: loadVocabulary(catalogue),
    catalogue,
    clock,
    workflows: carryOutAtOnce(store, reports),
    announcements: {
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    webhooks: { receiver: () => null },
    inspect: inspectWorkbook,
    datasets: [
      { source: 'grid', sourceName: { zh: '网格化管理平台', en: 'Grid' }, dataset: 'dwelling', everyMs: 300_000 },
      { source: 'housing', sourceName: { zh: '房管', en: 'Housing' }, dataset: 'property', everyMs: 3_600_000 },
      { source: 'police', sourceName: { zh: '公安', en: 'Police' }, dataset: 'registration', everyMs: 3_600_000 },
    ],
    working: (work) => warehouse.query(work),
    landing,
    desk: {
      warehouse,
      publish: async (entities) => {
        await warehouse.refresh(entities);
        await warehouse.publish();
      },
      announce,
    },
    publicationFolder: warehouse.publications.folder,
    ...(sql === undefined ? {} : { sql }),
    sessionMs: 12 * 3_600_000,
    exportFolder: join(folder, 'exports'),
  });
  const server = createServer(ports, {
    clock,
    log: SILENT,
    version: '0.0.0-test',
    subdistrict: '锦澜街道',
    uploadFolder: join(folder, 'uploads'),
    secureCookies: false,
    trustProxy: false,
    demoLogins: [],
    graceMs: 1_000,
    ...options.server,
  });
  const relay = createEventRelay({ store, clock, log: SILENT, announce });

  return {
    server,
    store,
    reports,
    reader,
    warehouse,
    landing,
    relay,
    users,
    announce,
    close: async () => {
      relay.stop();
      await server.close();
      await sql?.close();
      await reader.close();
      await warehouse.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function addPeople(store: Store): Promise<Record<Login, User>> {
  const passwordHash = await hashPassword(PASSWORD);
  const made: Partial<Record<Login, User>> = {};
  for (const [login, { name, role, scope, sensitivity }] of Object.entries(PEOPLE)) {
    made[login as Login] = await store.system.transaction((tx) =>
      createUser(tx, { login, name, passwordHash, roles: [role], scope: orgPath(scope), themes: '*', sensitivity }),
    );
  }
  return made as Record<Login, User>;
}

/** In place of workers: each order is carried out before its call returns, by the same modules. */
function carryOutAtOnce(store: Store, reports: Reports): Workflows {
  const attempt = async (campaignId: CampaignId, step: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      await reports.campaigns.noteFailure(campaignId, step, { zh: text, en: text });
    }
  };
  return {
    startCampaign: (id) => attempt(id as CampaignId, 'prefill', () => reports.prefill.run(id as CampaignId)),
    requestOfCampaign: async (id, request) => {
      const campaignId = id as CampaignId;
      const user = await store.system.transaction((tx) => findUser(tx, request.by as User['id']));
      if (request.kind === 'issue') await attempt(campaignId, 'issue', () => reports.campaigns.issue(campaignId));
      else if (request.kind === 'merge')
        await attempt(campaignId, 'merge', () => reports.merges.run(campaignId, user!));
      else if (request.kind === 'release')
        await attempt(campaignId, 'release', () => reports.releases.run(user!, campaignId));
      else await reports.campaigns.cancel(user!, campaignId);
      await store.system.transaction((tx) => getCampaign(tx, campaignId));
    },
    handleIncident: async (rule, subject, handling) => {
      const user = await store.system.transaction((tx) => findUser(tx, handling.by as User['id']));
      const status = {
        acknowledge: 'acknowledged',
        dispatch: 'handling',
        resolve: 'closed',
        false_alarm: 'false_alarm',
      } as const;
      await store.as(user!).transaction(async (tx) => {
        const { id } = await tx.db
          .selectFrom('incident')
          .select('id')
          .where('rule', '=', rule)
          .where('subject', '=', subject)
          .orderBy('opened_at', 'desc')
          .executeTakeFirstOrThrow();
        await moveIncident(tx, id as never, status[handling.action], { note: handling.note, ownerId: handling.by });
      });
    },
    pullSource: async () => undefined,
  };
}
