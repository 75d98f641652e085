import { sql } from 'kysely';
import { type Clock, errorText, THEMES, type Theme } from '../core/index.ts';
import type { Store } from '../store/index.ts';
import type { ServerLog } from './context.ts';
import type { Announcement } from './ports.ts';
import { serverEventType } from './schema/event.ts';

export interface EventRelay {
  /** Looks once; returns how many events were new. */
  poll(): Promise<number>;
  /** Looks again and again until `stop`. */
  start(): void;
  stop(): void;
}

/** A transaction may commit this long after it drew its number: so far back the relay looks again. */
const OVERLAP_MS = 30_000;
const MOST = 1_000;
/** Told events are kept this long for other servers. */
const KEEP_MS = 3_600_000;

/**
 * Tells a server's live updates what other parts wrote down under the topic `events` of the store's outbox. Every server
 * reads all of them, so nothing is taken: a message is told once here, and deleted by age.
 */
export function createEventRelay(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: ServerLog;
  readonly announce: (announcement: Announcement) => void;
  readonly everyMs?: number;
}): EventRelay {
  const { store, clock, log, announce, everyMs = 500 } = options;
  const stopping = new AbortController();
  /** Sequence numbers told lately, with the time of writing; what was there before the server is old news. */
  const told = new Map<number, number>();
  let began = clock.now().getTime();
  let swept = began;

  async function poll(): Promise<number> {
    const now = clock.now().getTime();
    const since = new Date(Math.max(began, now - OVERLAP_MS));
    const messages = await store.system.transaction((tx) =>
      tx.db
        .selectFrom('outbox')
        .select(['seq', 'payload', 'created_at'])
        .where('topic', '=', 'events')
        .where('created_at', '>=', since)
        .orderBy('seq')
        .limit(MOST)
        .execute(),
    );
    const fresh = messages.filter(({ seq }) => !told.has(Number(seq)));
    for (const { seq, payload, created_at } of fresh) {
      told.set(Number(seq), created_at.getTime());
      const announcement = announcementOf(payload);
      if (announcement) announce(announcement);
    }
    for (const [seq, at] of told) if (at < now - 2 * OVERLAP_MS) told.delete(seq);
    if (now - swept > KEEP_MS) await sweep(now);
    // A full page: more may lie behind it, and the next look must not begin before it.
    if (messages.length === MOST) began = messages.at(-1)!.created_at.getTime();
    return fresh.length;
  }

  async function sweep(now: number): Promise<void> {
    swept = now;
    await store.system.transaction((tx) =>
      sql`DELETE FROM outbox WHERE topic = 'events' AND created_at < ${new Date(now - KEEP_MS)}`.execute(tx.db),
    );
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(everyMs, stopping.signal).catch(() => undefined);
      if (stopping.signal.aborted) return;
      await poll().catch((error: unknown) => log.warn({ error: errorText(error) }, 'live events are late'));
    }
  }

  return { poll, start: () => void run(), stop: () => stopping.abort() };
}

function announcementOf(payload: Readonly<Record<string, unknown>>): Announcement | null {
  const type = serverEventType.safeParse(payload.type);
  if (!type.success || typeof payload.subject !== 'string') return null;
  const theme = (THEMES as readonly unknown[]).includes(payload.theme) ? (payload.theme as Theme) : null;
  const data =
    typeof payload.data === 'object' && payload.data !== null ? (payload.data as Record<string, unknown>) : {};
  return {
    type: type.data,
    subject: payload.subject,
    org: typeof payload.org === 'string' ? payload.org : null,
    theme,
    data,
  };
}
