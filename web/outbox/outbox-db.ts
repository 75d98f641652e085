import { type IDBPDatabase, openDB } from 'idb';

/** One answer on its way to the server. */
export interface Outgoing {
  readonly clientOpId: string;
  readonly user: string;
  readonly taskId: string;
  readonly rowKey: string;
  readonly column: string;
  /** What the person saw. */
  readonly base: string | null;
  readonly value: string | null;
  /** Order of answering on this machine. */
  readonly order: number;
}

/** Where answers wait; they outlive a reload and a lost network. */
export interface OutboxDb {
  /** Keeps an answer; the one that it replaces goes in the same step, so that a crash leaves exactly one of them. */
  put(entry: Outgoing, replaces?: string): Promise<void>;
  remove(clientOpIds: readonly string[]): Promise<void>;
  /** The waiting answers of one person to one task, oldest first. */
  waiting(user: string, taskId: string): Promise<Outgoing[]>;
  /** False when the browser keeps nothing (private windows): what waits is lost on reload. */
  readonly lasting: boolean;
}

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
