import { z } from 'zod';
import { civilTimestamp } from '../core/civil-time.ts';
import type { Clock } from '../core/clock.ts';
import type { Json } from '../core/json.ts';
import type { Connector, Page, PullRequest } from './connector.ts';
import { retrying } from './deadline.ts';
import { answerShape, cursorForm, pagingLie, unknownDataset } from './errors.ts';
import { linesToRecords } from './json-shape.ts';
import { createOverlap, isoMs } from './overlap.ts';
import type { Pace } from './pace.ts';
import { linesOf } from './raw-records.ts';
import { type KeysetPosition, keysetQuery } from './sql-keyset.ts';
import { createSqlSession } from './sql-session.ts';

export interface SqlDataset {
  /** `schema.table`. */
  readonly table: string;
  /** The column that says when the row last changed. */
  readonly observed: string;
  /** Columns that, after `observed`, make the order total. */
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

    async function fetchRows(position: KeysetPosition): Promise<Row[]> {
      const query = keysetQuery(dataset!, position, pace.pageRecords);
      return await retrying({ clock, random, retryMs: pace.retryMs, where }, signal, async () => {
        const rows = await session.query(query.sql, query.parameters, signal);
        return rows.map(([line, ...position]) => {
          if (typeof line !== 'string' || position.some((value) => value === null)) {
            throw answerShape(where, [dataset!.observed, ...dataset!.key].join(', '), 'not null');
          }
          return { line, position: position as string[] };
        });
      });
    }

    try {
      let after = start.after;
      for (let count = 0; count < pace.maxPages; count++) {
        const rows = await fetchRows({
          from: start.from === null ? null : civilTimestamp(new Date(start.from)),
          after,
        });
        const end = rows.length < pace.pageRecords;
        const lines = linesOf(rows.map(({ line }) => (line.includes('\n') ? line.replaceAll('\n', ' ') : line)));
        const fresh = overlap.take(lines, (i) => isoMs(rows[i]?.position[0]));
        after = (rows.at(-1)?.position as string[] | undefined) ?? after;
        const cursor = end
          ? { ...overlap.finish(clock.now().getTime() + DAY_MS), after: null }
          : { ...start, after: after ?? null };
        yield {
          get records() {
            return linesToRecords(fresh);
          },
          raw: fresh,
          cursor,
        };
        if (end) return;
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

function readCursor(cursor: Json, where: string): z.infer<typeof cursorSchema> {
  if (cursor === null) return { from: null, seen: [], after: null };
  const result = cursorSchema.safeParse(cursor);
  if (!result.success) throw cursorForm(where);
  return result.data;
}
