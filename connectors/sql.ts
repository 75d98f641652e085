import { z } from 'zod';
import { civilTimestamp } from '../core/civil-time.ts';
import type { Clock } from '../core/clock.ts';
import type { Json } from '../core/json.ts';
import type { Connector, Page, PullRequest } from './connector.ts';
import { retrying } from './deadline.ts';
import { answerShape, cursorForm, pagingLie, unknownDataset } from './errors.ts';
import { createOverlap, isoMs, shortHash } from './overlap.ts';
import type { Pace } from './pace.ts';
import { lineAt, linesOf, pickLines, rawPage } from './raw-records.ts';
import { type KeysetQuery, keysetQuery, placelessQuery } from './sql-keyset.ts';
import { createSqlSession } from './sql-session.ts';

export interface SqlDataset {
  /** `schema.table`. */
  readonly table: string;
  /** The column that says when the row last changed. */
  readonly observed: string;
  /** Columns that tell rows of the same `observed` apart; the fewer rows share all of them, the better. */
  readonly key: readonly string[];
}

export interface SqlOptions {
  readonly source: string;
  /** Postgres connection string of a read-only account. */
  readonly connectionString: string;
  readonly datasets: Readonly<Record<string, SqlDataset>>;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly random: () => number;
}

const cursorSchema = z.object({
  from: z.number().nullable(),
  seen: z.array(z.string()),
  /** The last row stored, while a pull is under way: observed, then the key. */
  after: z.array(z.string()).nullable(),
  /** Short hashes of the rows without a place that are stored. */
  placeless: z.array(z.string()).default([]),
});

interface Row {
  readonly line: string;
  readonly position: readonly string[];
}

/**
 * Pulls tables in keyset order (observed, key). Postgres writes the records as JSON itself (`row_to_json`), so numbers
 * and times keep the database's spelling. One connection at a time and only for the length of a pull: a small source
 * may allow no second one, and who finds it taken waits its turn within `retryMs`.
 *
 * @example createSqlConnector({ …, datasets: { person: { table: 'civil.person', observed: 'gxsj', key: ['sfzhm'] } } })
 */
export function createSqlConnector(options: SqlOptions): Connector {
  const { source, connectionString, datasets, pace, clock, random } = options;
  let turn: Promise<unknown> = Promise.resolve();

  /** Pulls of this source follow one another. */
  async function myTurn(): Promise<() => void> {
    const before = turn;
    let done: () => void = () => undefined;
    turn = new Promise<void>((resolve) => {
      done = resolve;
    });
    await before;
    return done;
  }

  async function* pull(request: PullRequest): AsyncIterable<Page> {
    const dataset = datasets[request.dataset];
    if (!dataset) throw unknownDataset(source, request.dataset);
    const { signal } = request;
    const where = `${source}.${request.dataset}`;
    const start = readCursor(request.cursor, where);
    const overlap = createOverlap(start, pace.overlapMs, () => answerShape(where, dataset.observed, 'time'));
    const done = await myTurn();
    const session = createSqlSession({ connectionString, where, waitMs: pace.requestMs, clock });

    async function fetchRows(query: KeysetQuery): Promise<Row[]> {
      return await retrying({ clock, random, retryMs: pace.retryMs, where }, signal, async () => {
        const rows = await session.query(query.sql, query.parameters, signal);
        return rows.map(([line, ...position]) => {
          if (typeof line !== 'string') throw answerShape(where, 'row_to_json', 'text');
          return { line: line.replaceAll('\n', ' '), position: position as string[] };
        });
      });
    }

    try {
      let after: readonly string[] | null = start.after;
      // Rows at the place where the last query ended: the next one begins there again, for the key may not be unique.
      let boundary = new Set<string>();
      for (let count = 0; count < pace.maxPages; count++) {
        const from = start.from === null ? null : civilTimestamp(new Date(start.from));
        const found = await fetchRows(keysetQuery(dataset, { from, after }, pace.pageRecords));
        const at = after;
        const rows = found.filter(({ line, position }) => !isAt(position, at) || !boundary.has(line));
        const end = found.length < pace.pageRecords;
        if (!end && rows.length === 0) throw pagingLie(where, 'repeated');
        const lines = linesOf(rows.map(({ line }) => line));
        const fresh = overlap.take(lines, (i) => isoMs(rows[i]?.position[0]));
        after = found.at(-1)?.position ?? after;
        boundary = new Set(found.filter(({ position }) => isAt(position, after)).map(({ line }) => line));
        if (!end) {
          yield rawPage(fresh, { ...start, after: after && [...after] });
          continue;
        }
        const finish = { ...overlap.finish(clock.now().getTime() + DAY_MS), after: null };
        yield rawPage(fresh, { ...finish, placeless: start.placeless });
        // A row without a time or a key has no place in the order; the contract is to judge it, not silence.
        const strays = linesOf((await fetchRows(placelessQuery(dataset, PLACELESS))).map(({ line }) => line));
        const known = new Set(start.placeless);
        const placeless = Array.from({ length: strays.count }, (_, i) => shortHash(lineAt(strays, i)));
        const unknown = pickLines(strays, (_, i) => !known.has(placeless[i]!));
        yield rawPage(unknown, { ...finish, placeless });
        return;
      }
      throw pagingLie(where, 'endless');
    } finally {
      await session.close();
      done();
    }
  }

  return { pull };
}

const DAY_MS = 86_400_000;
/** Rows without a place that are brought; a table with more is broken. */
const PLACELESS = 1000;

function isAt(position: readonly string[], place: readonly string[] | null): boolean {
  return place !== null && position.every((value, i) => value === place[i]);
}

function readCursor(cursor: Json, where: string): z.infer<typeof cursorSchema> {
  if (cursor === null) return { from: null, seen: [], after: null, placeless: [] };
  const result = cursorSchema.safeParse(cursor);
  if (!result.success) throw cursorForm(where);
  return result.data;
}
