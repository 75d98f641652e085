import type { PublicationId } from '../core/ids.ts';
import type { Row, SessionLimits } from './duckdb.ts';
import type { PageRequest } from './page.ts';

/** Consecutive rows of a view, and how many the view has in all. */
export interface PageWindow {
  readonly rows: readonly Row[];
  readonly total: number;
}

export interface PageWindowsOptions {
  /** Reads from the publication; called once for a window that several ask for at the same time. */
  readonly read: (id: PublicationId, request: PageRequest, limits?: SessionLimits) => Promise<PageWindow>;
  /** Cells that are kept in all; the windows that were used longest ago go first. */
  readonly mostCells?: number;
}

/** Fetching 500 rows in order costs hardly more than fetching a hundred (820,000 rows, 30 columns: 108 and 100 ms). */
const WINDOW_ROWS = 500;
/** Who has scrolled this far down a window finds the next one there when he comes to its end. */
const AHEAD_FROM_ROW = 250;
/** 170 windows of 30 columns, about 100 MB. */
const MOST_CELLS = 2_500_000;
/** What a window costs besides: empty ones count too. */
const LEAST_CELLS = 100;

/** Whether a page is small enough to be cut from windows. */
export function fitsWindow({ limit }: PageRequest): boolean {
  return limit <= WINDOW_ROWS / 2;
}

/**
 * Pages cut from windows of 500 rows. People scroll: the page after this one is asked for next, and the same list is open at
 * several desks. A publication never changes, so that a window holds for as long as its publication is named.
 *
 * @example
 * const windows = createPageWindows({ read });
 * await windows.page(publication, { mart: 'population.person', offset: 100, limit: 100 }); // reads rows 0 to 499, keeps them
 */
export function createPageWindows({ read, mostCells = MOST_CELLS }: PageWindowsOptions) {
  /** In the order of their last use. */
  const windows = new Map<string, { readonly window: Promise<PageWindow>; cells: number }>();
  let cells = 0;

  function window(id: PublicationId, request: PageRequest, at: number, limits?: SessionLimits): Promise<PageWindow> {
    const wanted: PageRequest = { ...request, offset: at * WINDOW_ROWS, limit: WINDOW_ROWS };
    const key = JSON.stringify([id, wanted]);
    const known = windows.get(key);
    if (known) {
      windows.delete(key);
      windows.set(key, known);
      return known.window;
    }
    const entry = { window: read(id, wanted, limits), cells: 0 };
    windows.set(key, entry);
    entry.window.then(
      ({ rows }) => {
        if (windows.get(key) !== entry) return;
        entry.cells = LEAST_CELLS + rows.length * Object.keys(rows[0] ?? {}).length;
        cells += entry.cells;
        for (const [oldest, { cells: freed }] of windows) {
          if (cells <= mostCells) break;
          windows.delete(oldest);
          cells -= freed;
        }
      },
      () => windows.delete(key),
    );
    return entry.window;
  }

  return {
    page: async (id: PublicationId, request: PageRequest, limits?: SessionLimits): Promise<PageWindow> => {
      const { offset = 0, limit } = request;
      const first = Math.floor(offset / WINDOW_ROWS);
      const last = Math.floor(Math.max(offset, offset + limit - 1) / WINDOW_ROWS);
      const { rows, total } = await window(id, request, first, limits);
      const from = offset - first * WINDOW_ROWS;
      const found = rows.slice(from, from + limit);
      const isMore = total > (first + 1) * WINDOW_ROWS;
      if (isMore && from + limit > AHEAD_FROM_ROW) void window(id, request, first + 1, limits);
      if (last === first || !isMore) return { rows: found, total };
      const next = await window(id, request, last, limits);
      return { rows: [...found, ...next.rows.slice(0, limit - found.length)], total };
    },
  };
}
