import type { Clock } from '../../core/clock.ts';
import { civilSecond } from '../calendar.ts';
import type { Faults } from '../faults.ts';
import type { Ports } from '../ports.ts';
import type { Progress } from '../progress.ts';
import { chance, mix } from '../random.ts';
import { type HttpReply, type HttpRequest, type HttpSource, openHttpSource } from './http-source.ts';
import { lowerBound, positionAt, type Table } from './table.ts';

export interface PoliceParts {
  readonly seed: number;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly progress: Progress;
  readonly ports: Ports;
  readonly tables: readonly Table[];
  readonly apiKey: string;
}

const DATASETS: Readonly<Record<string, string>> = {
  incidents: 'incident',
  registrations: 'registration',
  rentals: 'rental',
};
const MAX_SIZE = 1_000;
/** Share of requests answered with a business error inside HTTP 200. */
const BUSY = 0.01;

/** The police: numbered pages over HTTP; what goes wrong comes as HTTP 200 with a code other than '0'. */
export async function openPolice({
  seed,
  clock,
  faults,
  progress,
  ports,
  tables,
  apiKey,
}: PoliceParts): Promise<HttpSource> {
  const byName = new Map(tables.map((table) => [table.dataset, table]));
  let requests = 0;

  function handle(request: HttpRequest): HttpReply {
    const roll = mix(mix(seed, 121), ++requests);
    if (request.headers['x-api-key'] !== apiKey) return answer('401', '接口密钥无效', null);
    const table = byName.get(DATASETS[/^\/ga\/(\w+)$/.exec(request.path)?.[1] ?? ''] ?? '');
    if (!table) return answer('404', '接口不存在', null);
    if (chance(roll, BUSY)) return answer('9001', '系统繁忙，请稍后再试', null);
    const page = Number(request.query.get('page') ?? 1);
    const size = Number(request.query.get('size') ?? 100);
    const since = secondOfCompact(request.query.get('since') ?? '19700101000000');
    if (
      !Number.isInteger(page) ||
      page < 1 ||
      !Number.isInteger(size) ||
      size < 1 ||
      size > MAX_SIZE ||
      Number.isNaN(since)
    ) {
      return answer('400', '参数错误', null);
    }
    const positions = table.positions();
    const first = lowerBound(positions, positionAt(since));
    const total = positions.length - first;
    const from = first + (page - 1) * size;
    const rows = Array.from(positions.subarray(from, from + size), (position) => table.row(position).values);
    progress.served('police', table.dataset, rows.length);
    const lying = faults.has('police', 'lying-pages');
    const told = rows.map((row) =>
      faults.has('police', 'changed-column') ? { ...row, gxsj2: null, djsj: undefined, gxsj: undefined } : row,
    );
    return answer('0', 'ok', {
      rows: told,
      total: lying ? total * 2 : total,
      page,
      pages: Math.ceil((lying ? total * 2 : total) / size),
    });
  }

  return openHttpSource({ source: 'police', faults, clock, ports, handle });
}

function answer(code: string, msg: string, data: unknown): HttpReply {
  return { status: 200, json: { code, msg, data } };
}

/** `20261122093000` → civil second. */
function secondOfCompact(text: string): number {
  const parts = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(text);
  if (!parts) return Number.NaN;
  const [, year, month, date, hour, minute, second] = parts;
  return civilSecond(new Date(`${year}-${month}-${date}T${hour}:${minute}:${second}+08:00`));
}
