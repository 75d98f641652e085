import type { City } from '../../city/index.ts';
import { FillOnceError } from '../../core/index.ts';
import type { BatchManifest, PublicationManifest } from '../../warehouse/index.ts';
import type { Platform } from '../platform/platform.ts';
import type { SourceFigures } from './summary.ts';

const DEADLINE_MS = 10 * 60_000;
const LOOK_EVERY_MS = 200;

export interface Ingested {
  readonly records: number;
  readonly ms: number;
  readonly sources: readonly SourceFigures[];
  readonly themes: readonly { readonly theme: string; readonly records: number }[];
}

/**
 * Orders every source, and waits until everything they have is in a publication: pulled datasets asked to their end, pushed ones
 * delivered in full and acknowledged.
 */
export async function ingest(platform: Platform, city: City, signal: AbortSignal): Promise<Ingested> {
  const started = performance.now();
  const startedAt = platform.clock.now().getTime();
  await city.push(platform.url);
  await platform.pullAll();
  const until = started + DEADLINE_MS;
  for (;;) {
    signal.throwIfAborted();
    if (performance.now() > until) throw tooSlow();
    const publication = await complete(platform, city, startedAt);
    if (publication !== null)
      return await figures(platform, publication, Math.round(performance.now() - started), startedAt);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** The publication that holds everything, or null. */
async function complete(platform: Platform, city: City, startedAt: number): Promise<PublicationManifest | null> {
  const states = await platform.sourceStates();
  for (const name of platform.sources.connectors.keys()) {
    const [source, dataset] = name.split('.');
    const state = states.find((each) => each.source === source && each.dataset === dataset);
    if ((state?.lastSuccessAt?.getTime() ?? 0) < startedAt) return null;
  }
  for (const datasets of Object.values(await city.progress())) {
    for (const { acknowledged, due } of Object.values(datasets ?? {})) {
      if (due !== undefined && (acknowledged ?? 0) < due) return null;
    }
  }
  if (platform.sources.waiting() > 0) return null;
  if ((await platform.warehouse.outstanding(1)).length > 0) return null;
  const publication = await platform.reader.current().catch(() => null);
  if (publication === null) return null;
  for await (const { source, dataset, seq } of newest(platform)) {
    const published = publication.batches.find((each) => each.source === source && each.dataset === dataset);
    if ((published?.through ?? 0) < seq) return null;
  }
  // What was staged while this publication was being made comes with the next one.
  return (await platform.workflows.isPublishing()) ? null : publication;
}

async function* newest(platform: Platform): AsyncIterable<BatchManifest> {
  for (const [source, dataset] of platform.sources.datasets()) {
    const manifest = await platform.landing.lastManifest(source, dataset);
    if (manifest !== null) yield manifest;
  }
}

async function figures(
  platform: Platform,
  publication: PublicationManifest,
  ms: number,
  startedAt: number,
): Promise<Ingested> {
  const quarantined = await platform.warehouse.query((sql) =>
    sql.all<{ source: string; dataset: string; quarantined: number }>(
      'SELECT source, dataset, sum(quarantined)::BIGINT AS quarantined FROM ledger.batch GROUP BY ALL',
    ),
  );
  const sources: SourceFigures[] = [];
  for (const [source, dataset, protocol] of platform.sources.datasets()) {
    let records = 0;
    let batches = 0;
    let last = startedAt;
    for await (const manifest of platform.landing.manifests({ source, dataset })) {
      records += manifest.records;
      batches += 1;
      last = Math.max(last, Date.parse(manifest.receivedAt));
    }
    const bad = quarantined.find((each) => each.source === source && each.dataset === dataset)?.quarantined ?? 0;
    sources.push({ source, dataset, protocol, records, batches, quarantined: bad, ms: last - startedAt });
  }
  const themes = new Map<string, number>();
  for (const mart of publication.marts) {
    if (mart.kind !== 'golden' && mart.kind !== 'event') continue;
    themes.set(mart.theme, (themes.get(mart.theme) ?? 0) + mart.rows);
  }
  themes.delete('platform');
  return {
    records: [...themes.values()].reduce((sum, rows) => sum + rows, 0),
    ms,
    sources,
    themes: [...themes].map(([theme, records]) => ({ theme, records })),
  };
}

/**
 * Records that left the city and were acknowledged, and are in no batch; and landed records that are neither staged, repeated nor in
 * quarantine.
 */
export async function lostRecords(platform: Platform, city: City): Promise<number> {
  let lost = 0;
  const progress = await city.progress();
  for (const [source, dataset] of platform.sources.datasets()) {
    let landed = 0;
    for await (const manifest of platform.landing.manifests({ source, dataset })) landed += manifest.records;
    const served = progress[source as keyof typeof progress]?.[dataset];
    const acknowledged = served?.acknowledged ?? 0;
    lost += Math.max(0, acknowledged - landed - platform.sources.refused(source));
    const [kept] = await platform.warehouse.query((sql) =>
      sql.all<{ rows: number }>(
        `SELECT coalesce(sum(staged + repeated + quarantined), 0)::BIGINT AS rows
         FROM ledger.batch WHERE source = $1 AND dataset = $2`,
        [source, dataset],
      ),
    );
    lost += Math.max(0, landed - (kept?.rows ?? 0));
  }
  return lost;
}

function tooSlow(): FillOnceError {
  return new FillOnceError({
    code: 'cli.demo_ingest',
    status: 500,
    message: {
      zh: `汇入在 ${DEADLINE_MS / 60_000} 分钟内没有完成；请看数据目录下的 platform.log。`,
      en: `Ingest was not done within ${DEADLINE_MS / 60_000} minutes; see platform.log in the data folder.`,
    },
  });
}
