import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createStatistics } from '../../analytics/index.ts';
import { packageRoot } from '../../core/index.ts';
import { createEventRelay, createPorts, createServer, wireSql } from '../../server/index.ts';
import type { TemplateSet, Vocabulary } from '../../templates/index.ts';
import { createWarmInspector } from '../../templates/xlsx/index.ts';
import type { Reader } from '../../warehouse/index.ts';
import { createRepulls, type WorkflowStarter } from '../../workflows/index.ts';
import type { Login } from '../people.ts';
import { importCliAudit } from '../sql-audit.ts';
import type { Parts } from './parts.ts';

const GRACE_MS = 10_000;

/** The API, live updates and the web app over the parts of this process. */
export async function openServer(
  parts: Parts & {
    readonly reader: Reader;
    readonly templates: TemplateSet;
    readonly vocabulary: Vocabulary;
    readonly workflows: WorkflowStarter;
    readonly logins: readonly Login[];
  },
): Promise<{ url: string; close(): Promise<void> }> {
  const { config, clock, log, configs, sources, warehouse } = parts;
  const webFolder = join(packageRoot(), 'dist', 'web');
  const exportFolder = join(config.dataFolder, 'exports');
  const uploadFolder = join(config.dataFolder, 'uploads');
  await Promise.all([exportFolder, uploadFolder].map((each) => mkdir(each, { recursive: true })));
  await importCliAudit(parts.store, config.dataFolder);
  const sql = await wireSql({ ...parts, folder: join(config.dataFolder, 'sql') });
  const uploads = createWarmInspector();
  const ports = createPorts({
    ...parts,
    sql,
    inspect: uploads.inspect,
    datasets: sources.datasets().map(([source, dataset]) => {
      const entry = configs.find((each) => each.name === source);
      const schedule = sources.schedules.find((each) => each.name === source && each.datasets.includes(dataset));
      return {
        source,
        dataset,
        sourceName: entry?.title ?? { zh: source, en: source },
        everyMs: schedule?.everyMs ?? null,
      };
    }),
    statistics: createStatistics({ reader: parts.reader, catalogue: parts.catalogue }),
    webhooks: { receiver: (source) => sources.webhook(source) },
    working: (work) => warehouse.query(work),
    backfill: { repulls: createRepulls({ configs, connectors: sources.connectors }), workflows: parts.workflows },
    desk: {
      warehouse,
      publish: (entities) => parts.workflows.publishChanges(entities),
      announce: parts.announcements.announce,
    },
    publicationFolder: warehouse.publications.folder,
    sessionMs: config.sessionHours * 3_600_000,
    exportFolder,
  });
  const relay = createEventRelay({ store: parts.store, clock, log, announce: parts.announcements.announce });
  relay.start();
  const server = createServer(ports, {
    clock,
    log,
    version: (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version,
    subdistrict: config.subdistrict,
    ...(existsSync(webFolder) ? { webFolder } : {}),
    uploadFolder,
    secureCookies: false,
    trustProxy: false,
    demoLogins: parts.demo ? parts.logins.map((login) => ({ ...login, roles: [...login.roles] })) : [],
    graceMs: GRACE_MS,
  });
  const { url } = await server.listen({ host: config.host, port: config.port });
  return {
    url,
    close: async () => {
      relay.stop();
      await server.close();
      uploads.close();
      await sql.close();
    },
  };
}
