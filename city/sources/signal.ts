import { gzipSync } from 'node:zlib';
import type { Clock } from '../../core/clock.ts';
import type { Json } from '../../core/json.ts';
import type { Faults } from '../faults.ts';
import type { Ports } from '../ports.ts';
import type { Progress } from '../progress.ts';
import { between, chance, mix } from '../random.ts';
import type { Timeline } from '../timeline.ts';
import { BIN_SECONDS, CARRIERS, type Headcount, SUPPRESS_UP_TO } from '../truth/crowd.ts';
import { STREAM_DAYS } from '../truth/entities.ts';
import type { World } from '../truth/world.ts';
import { type FaultParts, RATES } from './faults.ts';
import { type HttpReply, type HttpRequest, type HttpSource, openHttpSource } from './http-source.ts';
import { createWriter, type Table, type TableShape } from './table.ts';

export interface SignalParts {
  readonly world: World;
  readonly timeline: Timeline;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly progress: Progress;
  readonly ports: Ports;
  /** The register of zones. */
  readonly table: Table;
  readonly rowParts: FaultParts;
  readonly token: string;
}

const HEADCOUNT: TableShape = {
  source: 'signal',
  dataset: 'headcount',
  entity: 'headcount',
  key: 'zone_code',
  columns: {
    persons: 'persons',
    resident: 'residents',
    worker: 'workers',
    visitor: 'visitors',
    inflow: 'inflow',
    outflow: 'outflow',
  },
  codes: 'standard',
  dates: 'plain',
  observed: { column: 'producedAt', form: 'stamp' },
};

/** A file of counts: those of a bin, or what came late for it. */
interface BinFile {
  readonly name: string;
  readonly bin: number;
  readonly late: boolean;
  /** Second from which it can be had. */
  readonly published: number;
}

const MAX_LIMIT = 500;
const PUBLISH_AFTER_SECONDS = 30;

/** The carriers' signalling counts: one gzip NDJSON file per 5-minute bin; for one bin in fifty a carrier comes late, under `-r2`. */
export async function openSignal({
  world,
  timeline,
  clock,
  faults,
  progress,
  ports,
  table,
  rowParts,
  token,
}: SignalParts): Promise<HttpSource> {
  const { crowd, calendar, seed } = world;
  const salt = mix(seed, 141);
  const writer = createWriter(rowParts, HEADCOUNT);
  const carrierCodes = CARRIERS.map((carrier) => rowParts.catalogue.codeList('carrier').values.get(carrier)!);
  const nameOf = (bin: number) => `${calendar.compactTime(bin).slice(0, 8)}T${calendar.compactTime(bin).slice(8, 12)}`;
  const binHash = (bin: number) => mix(salt, bin / BIN_SECONDS);
  /** The carrier whose counts of a bin come late; -1 mostly. */
  const lateCarrier = (bin: number) =>
    chance(binHash(bin), RATES.lateDelivery) ? mix(binHash(bin), 1) % CARRIERS.length : -1;

  let listed: { key: string; files: readonly BinFile[]; byName: ReadonlyMap<string, BinFile> } | undefined;
  function files(): NonNullable<typeof listed> {
    const horizon = timeline.horizon();
    const key = `${Math.floor(horizon / 10)}`;
    if (listed?.key === key) return listed;
    const list: BinFile[] = [];
    for (const { from, to } of timeline.spans(STREAM_DAYS.signal)) {
      for (let bin = Math.ceil(from / BIN_SECONDS) * BIN_SECONDS; bin + BIN_SECONDS <= to; bin += BIN_SECONDS) {
        const published = bin + BIN_SECONDS + PUBLISH_AFTER_SECONDS;
        list.push({ name: nameOf(bin), bin, late: false, published });
        if (lateCarrier(bin) < 0) continue;
        list.push({
          name: `${nameOf(bin)}-r2`,
          bin,
          late: true,
          published: published + 60 * between(mix(binHash(bin), 2), 15, 180),
        });
      }
    }
    const known = list
      .filter(({ published }) => published <= horizon + PUBLISH_AFTER_SECONDS)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    listed = { key, files: known, byName: new Map(known.map((file) => [file.name, file])) };
    return listed;
  }

  function handle(request: HttpRequest): HttpReply {
    if (request.headers.authorization !== `Bearer ${token}`) return { status: 401, json: { error: 'unauthorized' } };
    if (request.path === '/zones') return zones();
    if (request.path === '/bins') return bins(request.query);
    const name = /^\/bins\/([\w-]+)\.ndjson\.gz$/.exec(request.path)?.[1] ?? '';
    const file = files().byName.get(name);
    return file ? content(file) : { status: 404, json: { error: 'not_found' } };
  }

  function zones(): HttpReply {
    const list = Array.from(table.positions(), (position) => table.row(position).values);
    progress.served('signal', 'zone', list.length);
    return { status: 200, json: { zones: list } };
  }

  function bins(query: URLSearchParams): HttpReply {
    const limit = Number(query.get('limit') ?? MAX_LIMIT);
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
      return { status: 400, json: { error: 'limit_out_of_range' } };
    const after = query.get('after') ?? '';
    const rest = files().files.filter(({ name }) => name > after);
    const page = rest.slice(0, limit);
    const more = rest.length > limit;
    return {
      status: 200,
      json: { bins: page.map(({ name }) => name), more: faults.has('signal', 'lying-pages') ? true : more },
    };
  }

  function content({ bin, late }: BinFile): HttpReply {
    const held = lateCarrier(bin);
    const tsStart = calendar.stamp(bin);
    const producedAt = calendar.stamp(bin + BIN_SECONDS + (late ? 600 : 20));
    const lines: string[] = [];
    for (let zone = 0; zone < crowd.count; zone++) {
      for (let carrier = 0; carrier < CARRIERS.length; carrier++) {
        if ((carrier === held) !== late) continue;
        const row = {
          zone: crowd.code(zone),
          carrier: carrierCodes[carrier],
          tsStart,
          ...counts(crowd.headcount(zone, carrier, bin), mix(binHash(bin), 1_000 + zone * 3 + carrier)),
          producedAt,
        };
        const line = JSON.stringify(row);
        lines.push(line);
        if (chance(mix(binHash(bin), 100 + zone * 3 + carrier), RATES.duplicate)) lines.push(line);
      }
    }
    progress.served('signal', 'headcount', lines.length);
    const text = `${lines.join('\n')}\n`;
    const bytes = faults.has('signal', 'bad-encoding') ? Buffer.from(text, 'utf16le') : Buffer.from(text);
    return { status: 200, bytes: gzipSync(bytes, { level: 1 }), headers: { 'content-type': 'application/gzip' } };
  }

  /** Counts of 15 people or fewer are not told. */
  function counts(of: Headcount, rowHash: number): Record<string, Json> {
    const values: Record<string, Json> = {};
    if (of.persons > SUPPRESS_UP_TO) writer.write(values, { ...of }, rowHash, undefined, 0);
    else for (const column of Object.keys(HEADCOUNT.columns)) values[column] = null;
    values.suppressed = of.persons > SUPPRESS_UP_TO ? '0' : '1';
    if (!faults.has('signal', 'changed-column')) return values;
    const { persons, ...rest } = values;
    return { ...rest, count: persons ?? null };
  }

  return openHttpSource({ source: 'signal', faults, clock, ports, handle });
}
