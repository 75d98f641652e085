import { type IDBPDatabase, openDB } from 'idb';
import type { OutboxDb, Outgoing } from './outbox.ts';

interface Schema {
  outgoing: { key: string; value: Outgoing; indexes: { task: [string, string] } };
}

/** Opens the outbox of this browser; without IndexedDB one that lives as long as the page. */
export async function openOutboxDb(name = 'fillonce-outbox'): Promise<OutboxDb> {
  try {
    return overIndexedDb(
      await openDB<Schema>(name, 1, {
        upgrade: (db) => {
          const outgoing = db.createObjectStore('outgoing', { keyPath: 'clientOpId' });
          outgoing.createIndex('task', ['user', 'taskId']);
        },
      }),
    );
  } catch {
    return inMemory();
  }
}

function overIndexedDb(db: IDBPDatabase<Schema>): OutboxDb {
  return {
    lasting: true,
    put: async (entry, replaces) => {
      const transaction = db.transaction('outgoing', 'readwrite');
      const { store } = transaction;
      await Promise.all([store.put(entry), ...(replaces ? [store.delete(replaces)] : []), transaction.done]);
    },
    remove: async (ids) => {
      const transaction = db.transaction('outgoing', 'readwrite');
      await Promise.all([...ids.map((id) => transaction.store.delete(id)), transaction.done]);
    },
    waiting: async (user, taskId) => byOrder(await db.getAllFromIndex('outgoing', 'task', [user, taskId])),
  };
}

function inMemory(): OutboxDb {
  const entries = new Map<string, Outgoing>();
  return {
    lasting: false,
    put: async (entry, replaces) => {
      entries.set(entry.clientOpId, entry);
      if (replaces !== undefined) entries.delete(replaces);
    },
    remove: async (ids) => {
      for (const id of ids) entries.delete(id);
    },
    waiting: async (user, taskId) =>
      byOrder([...entries.values()].filter((entry) => entry.user === user && entry.taskId === taskId)),
  };
}

function byOrder(entries: readonly Outgoing[]): Outgoing[] {
  return [...entries].sort((a, b) => a.order - b.order);
}
