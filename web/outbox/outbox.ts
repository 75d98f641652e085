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

export interface Rejection {
  readonly clientOpId: string;
  readonly reason: 'conflict' | 'invalid' | 'closed' | 'unknown';
  readonly message: { readonly zh: string; readonly en: string };
  readonly current: string | null;
  readonly currentBy: string | null;
}

export interface SendReply {
  readonly saved: readonly string[];
  readonly rejected: readonly Rejection[];
}

/** What a cell's answer has become. */
export type CellState =
  | { readonly kind: 'waiting'; readonly value: string | null }
  | { readonly kind: 'saved'; readonly value: string | null }
  | { readonly kind: 'rejected'; readonly value: string | null; readonly rejection: Rejection };

export interface OutboxStatus {
  readonly waiting: number;
  readonly sending: boolean;
  /** Why nothing is sent: no network, or the session ended. */
  readonly halted: 'offline' | 'signedOut' | null;
  readonly conflicts: number;
  readonly invalid: number;
}

export interface Outbox {
  /** Keeps an answer and sends it soon. Resolves when it is kept on this machine. */
  put(cell: { rowKey: string; column: string; base: string | null; value: string | null }): Promise<void>;
  /** What happened to a cell's answer here; undefined when it was not answered on this page. */
  cell(rowKey: string, column: string): CellState | undefined;
  /** Gives a rejected answer up: the server's value stands. */
  drop(rowKey: string, column: string): void;
  rejections(): readonly { rowKey: string; column: string; rejection: Rejection }[];
  status(): OutboxStatus;
  /** Sends what waits, now: after signing in again, or when the network is back. */
  retry(): void;
  /** Resolves when nothing waits any more, or rejects after `patienceMs`. */
  settled(patienceMs: number): Promise<void>;
  onChange(listener: () => void): () => void;
  close(): void;
}

export interface OutboxOptions {
  readonly db: OutboxDb;
  readonly user: string;
  readonly taskId: string;
  readonly newId: () => string;
  readonly send: (patches: readonly Outgoing[]) => Promise<SendReply>;
  /** Sorts what `send` throws: try again later, wait for a sign-in, or give up on these patches. */
  readonly classify: (error: unknown) => 'offline' | 'signedOut' | { readonly refused: Rejection['message'] };
  /** Runs work later; returns how to cancel it. The tests turn the time by hand. */
  readonly later: (work: () => void, waitMs: number) => () => void;
}

const BATCH = 200;
const GATHER_MS = 250;
const RETRY_MS = [1000, 2000, 5000, 10_000, 30_000] as const;

/**
 * Answers of one task: kept on this machine first, then sent in order. One batch is in flight at a time, so that a second
 * answer to the same cell always names the first as its base. An answer that waits and is changed again is sent once,
 * unless it was sent before: then its reply may only have been lost, and the new answer must build on it.
 */
export async function openOutbox(options: OutboxOptions): Promise<Outbox> {
  const { db, user, taskId, newId, send, classify, later } = options;
  const queue: Outgoing[] = await db.waiting(user, taskId);
  const cells = new Map<string, CellState>();
  const rejected = new Map<string, { rowKey: string; column: string; rejection: Rejection }>();
  const listeners = new Set<() => void>();
  const attempted = new Set(queue.map((entry) => entry.clientOpId));
  let order = queue.at(-1)?.order ?? 0;
  let inFlight: readonly Outgoing[] = [];
  let halted: OutboxStatus['halted'] = null;
  let failures = 0;
  let cancel: (() => void) | null = null;
  let closed = false;

  for (const entry of queue) cells.set(nameOf(entry), { kind: 'waiting', value: entry.value });

  const changed = (): void => {
    for (const listener of listeners) listener();
  };

  const schedule = (waitMs: number): void => {
    cancel?.();
    cancel = later(() => {
      cancel = null;
      void flush();
    }, waitMs);
  };

  const settle = async (reply: SendReply): Promise<void> => {
    const refusals = new Map(reply.rejected.map((rejection) => [rejection.clientOpId, rejection]));
    const saved = new Set(reply.saved);
    const answered = inFlight.filter((entry) => saved.has(entry.clientOpId) || refusals.has(entry.clientOpId));
    for (const entry of answered) {
      const name = nameOf(entry);
      const rejection = refusals.get(entry.clientOpId);
      queue.splice(queue.indexOf(entry), 1);
      attempted.delete(entry.clientOpId);
      const newer = queue.some((other) => other !== entry && nameOf(other) === name);
      if (newer) continue;
      if (rejection) {
        cells.set(name, { kind: 'rejected', value: entry.value, rejection });
        rejected.set(name, { rowKey: entry.rowKey, column: entry.column, rejection });
      } else cells.set(name, { kind: 'saved', value: entry.value });
    }
    await db.remove(answered.map((entry) => entry.clientOpId));
  };

  const flush = async (): Promise<void> => {
    if (closed || inFlight.length > 0 || queue.length === 0) return;
    // A cell twice in one batch would make the second answer's base unknown to the server until the first is in.
    const names = new Set<string>();
    inFlight = queue.slice(0, BATCH).filter((entry) => {
      const name = nameOf(entry);
      return !names.has(name) && names.add(name);
    });
    for (const entry of inFlight) attempted.add(entry.clientOpId);
    changed();
    try {
      await settle(await send(inFlight));
      failures = 0;
      halted = null;
    } catch (error) {
      const verdict = classify(error);
      if (typeof verdict === 'object') {
        const message = verdict.refused;
        await settle({
          saved: [],
          rejected: inFlight.map(({ clientOpId }) => ({
            clientOpId,
            reason: 'unknown' as const,
            message,
            current: null,
            currentBy: null,
          })),
        });
      } else {
        halted = verdict;
        failures += 1;
      }
    } finally {
      inFlight = [];
    }
    changed();
    if (queue.length === 0 || halted === 'signedOut') return;
    schedule(halted === null ? 0 : (RETRY_MS[Math.min(failures - 1, RETRY_MS.length - 1)] ?? 30_000));
  };

  if (queue.length > 0) schedule(0);

  return {
    put: async ({ rowKey, column, base, value }) => {
      order += 1;
      const name = nameOf({ rowKey, column });
      const replaced = queue.find((other) => nameOf(other) === name && !attempted.has(other.clientOpId));
      const entry: Outgoing = {
        clientOpId: newId(),
        user,
        taskId,
        rowKey,
        column,
        base: replaced ? replaced.base : base,
        value,
        order,
      };
      if (replaced) queue.splice(queue.indexOf(replaced), 1);
      queue.push(entry);
      cells.set(name, { kind: 'waiting', value });
      rejected.delete(name);
      changed();
      await db.put(entry, replaced?.clientOpId);
      if (halted === null) schedule(GATHER_MS);
    },
    cell: (rowKey, column) => cells.get(nameOf({ rowKey, column })),
    drop: (rowKey, column) => {
      const name = nameOf({ rowKey, column });
      const standing = rejected.get(name);
      if (!standing) return;
      rejected.delete(name);
      if (standing.rejection.reason === 'conflict') {
        cells.set(name, { kind: 'saved', value: standing.rejection.current });
      } else cells.delete(name);
      changed();
    },
    rejections: () => [...rejected.values()],
    status: () => {
      const reasons = [...rejected.values()].map((entry) => entry.rejection.reason);
      const conflicts = reasons.filter((reason) => reason === 'conflict').length;
      return {
        waiting: queue.length,
        sending: inFlight.length > 0,
        halted,
        conflicts,
        invalid: reasons.length - conflicts,
      };
    },
    retry: () => {
      failures = 0;
      halted = null;
      schedule(0);
    },
    settled: (patienceMs) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (queue.length > 0) return;
          stop();
          resolve();
        };
        const giveUp = later(() => {
          stop();
          reject(new Error(`${queue.length} answers still wait`));
        }, patienceMs);
        const stop = (): void => {
          giveUp();
          listeners.delete(look);
        };
        listeners.add(look);
        look();
      }),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => {
      closed = true;
      cancel?.();
      listeners.clear();
    },
  };
}

function nameOf(cell: { readonly rowKey: string; readonly column: string }): string {
  return `${cell.column}\n${cell.rowKey}`;
}
