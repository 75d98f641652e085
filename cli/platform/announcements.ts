import type { Announcement, Announcements } from '../../server/index.ts';

/** Tells the server's live updates what changed, within one process. */
export function createAnnouncements(): Announcements & { announce(announcement: Announcement): void } {
  const listeners = new Set<(announcement: Announcement) => void>();
  return {
    announce: (announcement) => {
      for (const listener of listeners) listener(announcement);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
