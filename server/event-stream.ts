import { type Action, type Clock, can, type User } from '../core/index.ts';
import { busy } from './errors.ts';
import type { Announcement, Announcements } from './ports.ts';
import type { ServerEvent, ServerEventType } from './schema/event.ts';

const READ_ACTION: Readonly<Record<ServerEventType, Action>> = {
  task: 'campaign.read',
  campaign: 'campaign.read',
  incident: 'incident.read',
  publication: 'mart.read',
  source: 'source.read',
};

export interface EventStream {
  /**
   * A `text/event-stream` body for one person. `lastEventId` replays what was missed, while it is still remembered.
   *
   * @throws FillOnceError 503 when too many are listening.
   */
  open(user: User, lastEventId: number | null, stillSignedIn: () => Promise<boolean>): ReadableStream<Uint8Array>;
  clients(): number;
  close(): void;
}

export interface EventStreamOptions {
  readonly announcements: Announcements;
  readonly clock: Clock;
  /** Events remembered for clients that come back. */
  readonly memory?: number;
  /** Events waiting for one slow client; above it the client is told to read everything anew. */
  readonly queueLimit?: number;
  readonly clientLimit?: number;
  readonly heartbeatMs?: number;
}

interface Client {
  readonly user: User;
  queue: string[];
  wake: (() => void) | null;
  ended: boolean;
  readonly abort: AbortController;
}

/**
 * Fans announcements out to browsers. Each client hears only what it may read. Events say what changed, not how it now
 * is; so a lost one costs freshness, never truth, and `resync` repairs it.
 */
export function createEventStream(options: EventStreamOptions): EventStream {
  const { announcements, clock, memory = 1000, queueLimit = 256, clientLimit = 500, heartbeatMs = 15_000 } = options;
  const clients = new Set<Client>();
  const remembered: ServerEvent[] = [];
  // Ids start at the time, so that those of an earlier run are older than any of this one.
  let lastId = clock.now().getTime() * 1000;
  const encoder = new TextEncoder();

  const stop = announcements.subscribe((announcement: Announcement) => {
    lastId += 1;
    const event: ServerEvent = { id: lastId, ...announcement };
    remembered.push(event);
    if (remembered.length > memory) remembered.shift();
    for (const client of clients) if (mayHear(client.user, event)) push(client, frame(event));
  });

  function push(client: Client, text: string): void {
    if (client.queue.length >= queueLimit) client.queue = [resync()];
    else client.queue.push(text);
    client.wake?.();
  }

  function resync(): string {
    return `id: ${lastId}\nevent: resync\ndata: {}\n\n`;
  }

  function end(client: Client): void {
    client.ended = true;
    client.abort.abort();
    clients.delete(client);
    client.wake?.();
  }

  async function beat(client: Client, stillSignedIn: () => Promise<boolean>): Promise<void> {
    try {
      while (!client.ended) {
        await clock.sleep(heartbeatMs, client.abort.signal);
        if (!(await stillSignedIn())) end(client);
        else push(client, ': still here\n\n');
      }
    } catch {
      // The client left, or the session store failed: either way the browser connects anew.
      end(client);
    }
  }

  return {
    open: (user, lastEventId, stillSignedIn) => {
      if (clients.size >= clientLimit) throw busy();
      const client: Client = {
        user,
        queue: ['retry: 3000\n\n'],
        wake: null,
        ended: false,
        abort: new AbortController(),
      };
      if (lastEventId !== null) {
        const oldest = remembered[0]?.id ?? lastId + 1;
        const complete = lastEventId <= lastId && lastEventId >= oldest - 1;
        if (!complete) push(client, resync());
        else
          for (const event of remembered)
            if (event.id > lastEventId && mayHear(user, event)) push(client, frame(event));
      }
      clients.add(client);
      void beat(client, stillSignedIn);
      return new ReadableStream<Uint8Array>({
        pull: async (controller) => {
          while (client.queue.length === 0 && !client.ended) {
            await new Promise<void>((resolve) => {
              client.wake = resolve;
            });
          }
          client.wake = null;
          if (client.queue.length > 0) controller.enqueue(encoder.encode(client.queue.splice(0).join('')));
          else controller.close();
        },
        cancel: () => end(client),
      });
    },
    clients: () => clients.size,
    close: () => {
      stop();
      for (const client of clients) end(client);
    },
  };
}

function mayHear(user: User, event: ServerEvent): boolean {
  return can(user, READ_ACTION[event.type], {
    ...(event.org === null ? {} : { org: event.org }),
    ...(event.theme === null ? {} : { theme: event.theme }),
  });
}

function frame(event: ServerEvent): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
