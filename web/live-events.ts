import type { QueryClient } from '@tanstack/react-query';
import type { ServerEventType } from './api-types.ts';

/** The first words of the query keys that each kind of event makes stale. */
const STALE: Readonly<Record<ServerEventType, readonly string[]>> = {
  task: ['tasks', 'task', 'campaign', 'campaigns'],
  campaign: ['campaigns', 'campaign', 'conflicts'],
  incident: ['incidents'],
  publication: ['themes', 'mart', 'martRows', 'statistics', 'runs', 'publications'],
  source: ['sources', 'runs', 'quarantine', 'openRules', 'stoppedBatches', 'drift'],
};

export interface LiveEvents {
  close(): void;
}

/**
 * Listens to `/api/events` and marks what changed as stale; screens that show it read it anew. Events of one kind that
 * come in a burst cause one reading.
 */
export function listenToEvents(client: QueryClient, hear: { connected: (is: boolean) => void }): LiveEvents {
  const source = new EventSource('/api/events');
  const waiting = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const refresh = (keys: readonly string[]): void => {
    for (const key of keys) waiting.add(key);
    timer ??= setTimeout(() => {
      timer = undefined;
      for (const key of waiting) void client.invalidateQueries({ queryKey: [key] });
      waiting.clear();
    }, 150);
  };

  source.onopen = () => hear.connected(true);
  source.onerror = () => hear.connected(false);
  source.addEventListener('resync', () => void client.invalidateQueries());
  for (const type of Object.keys(STALE) as ServerEventType[]) {
    source.addEventListener(type, () => refresh(STALE[type]));
  }
  return {
    close: () => {
      clearTimeout(timer);
      source.close();
    },
  };
}
