// People who page through a mart, in a process of their own: `page-readers.js URL VIEWS`. Prints one JSON line.
import { Agent, get } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { sampleGrid } from './warehouse-sample.ts';

/**
 * `same`: all read one of two lists of the whole subdistrict, the next page as soon as the last one is there; `own`: each reads the list
 * of his own grid and looks at a page for a second.
 */
export type PageViews = 'same' | 'own';

export interface PageLatencies {
  /** 95th percentile over all pages, ms. */
  readonly p95: number;
  /** 95th percentile over each reader's first page, ms: nobody has asked for his list before. */
  readonly p95First: number;
  readonly pagesPerSecond: number;
}

const READERS = 50;
const PAGES_PER_READER = { same: 30, own: 10 };
const LOOK_MS = { same: 0, own: 1_000 };
const PAGE_ROWS = 100;

const url = process.argv[2] ?? '';
const views: PageViews = process.argv[3] === 'own' ? 'own' : 'same';
const signedIn = await fetch(`${url}/api/session`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', 'X-Requested-With': 'fillonce' },
  body: JSON.stringify({ login: 'admin', password: 'fill-once' }),
});
const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
const agent = new Agent({ keepAlive: true, maxSockets: READERS });

/** Ms to the last byte. The first page of a reader is unpacked and looked at; a browser unpacks on its own machine. */
function fetchPage(path: string, look: boolean): Promise<number> {
  const asked = performance.now();
  return new Promise((resolve, reject) => {
    get(`${url}${path}`, { agent, headers: { cookie, 'Accept-Encoding': 'gzip' } }, (answer) => {
      answer.on('error', reject);
      answer.on('end', () => resolve(performance.now() - asked));
      if (answer.statusCode !== 200) reject(new Error(`the server answered ${answer.statusCode}`));
      if (!look) return answer.resume();
      text(answer.pipe(createGunzip())).then((body) => {
        const { items } = JSON.parse(body) as { items: unknown[] };
        if (items.length !== PAGE_ROWS) reject(new Error(`${items.length} rows`));
      }, reject);
    }).on('error', reject);
  });
}

function page(reader: number, i: number): string {
  const gender = { column: 'gender', op: 'eq', value: reader % 2 === 0 ? '男' : '女' };
  const grid = { column: 'grid_path', op: 'eq', value: sampleGrid(reader) };
  const filter = JSON.stringify(views === 'own' ? [gender, grid] : [gender]);
  return `/api/marts/population/person/rows?limit=${PAGE_ROWS}&offset=${i * PAGE_ROWS}&sort=birth_date&filter=${encodeURIComponent(filter)}`;
}

const first: number[] = [];
const all: number[] = [];
const start = performance.now();
await Promise.all(
  Array.from({ length: READERS }, async (_, reader) => {
    await setTimeout((LOOK_MS[views] * reader) / READERS);
    for (let i = 0; i < PAGES_PER_READER[views]; i++) {
      const took = await fetchPage(page(reader, i), i === 0);
      all.push(took);
      if (i === 0) first.push(took);
      await setTimeout(LOOK_MS[views]);
    }
  }),
);
const latencies: PageLatencies = {
  p95: p95(all),
  p95First: p95(first),
  pagesPerSecond: (all.length / (performance.now() - start)) * 1_000,
};
process.stdout.write(`${JSON.stringify(latencies)}\n`);

function p95(taken: readonly number[]): number {
  return [...taken].sort((a, b) => a - b)[Math.floor(taken.length * 0.95)]!;
}
