import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Outbox,
  type OutboxDb,
  type Outgoing,
  openOutbox,
  type Rejection,
  type SendReply,
} from '../../web/outbox/outbox.ts';

/** Time that is turned by hand: work that was put off runs when `run` is called, and what it starts is waited for. */
function handTime() {
  let waiting: { work: () => void; at: number }[] = [];
  let now = 0;
  return {
    later: (work: () => void, waitMs: number) => {
      const entry = { work, at: now + waitMs };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((other) => other !== entry);
      };
    },
    run: async (forMs = 120_000) => {
      const end = now + forMs;
      for (;;) {
        for (let i = 0; i < 20; i++) await Promise.resolve();
        const next = waiting.filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        waiting = waiting.filter((entry) => entry !== next);
        now = Math.max(now, next.at);
        next.work();
      }
      now = end;
    },
  };
}

function memoryDb(entries = new Map<string, Outgoing>()): OutboxDb & { entries: Map<string, Outgoing> } {
  return {
    entries,
    lasting: true,
    put: async (entry, replaces) => {
      entries.set(entry.clientOpId, entry);
      if (replaces !== undefined) entries.delete(replaces);
    },
    remove: async (ids) => {
      for (const id of ids) entries.delete(id);
    },
    waiting: async () => [...entries.values()].sort((a, b) => a.order - b.order),
  };
}

/** A server that checks bases and knows operations again, as the real one does. */
function strictServer(start: Record<string, string | null> = {}) {
  const cells = new Map(Object.entries(start));
  const known = new Set<string>();
  return {
    cells,
    receive: (patches: readonly Outgoing[]): SendReply => {
      const saved: string[] = [];
      const rejected: Rejection[] = [];
      for (const { clientOpId, rowKey, base, value } of patches) {
        const current = cells.get(rowKey) ?? null;
        if (known.has(clientOpId)) saved.push(clientOpId);
        else if (current !== base && current !== value) {
          rejected.push({
            clientOpId,
            reason: 'conflict',
            message: { zh: '冲突', en: 'conflict' },
            current,
            currentBy: '张丽',
          });
        } else {
          known.add(clientOpId);
          cells.set(rowKey, value);
          saved.push(clientOpId);
        }
      }
      return { saved, rejected };
    },
  };
}

class Offline extends Error {}

async function open(db: OutboxDb, send: (patches: readonly Outgoing[]) => Promise<SendReply>) {
  const time = handTime();
  let id = 0;
  const outbox = await openOutbox({
    db,
    user: 'u',
    taskId: 't',
    newId: () => `op-${Math.floor(Math.random() * 1e9)}-${id++}`,
    later: time.later,
    send,
    classify: (error) => (error instanceof Offline ? 'offline' : { refused: { zh: '任务已提交', en: 'submitted' } }),
  });
  return { outbox, time };
}

const put = (outbox: Outbox, rowKey: string, base: string | null, value: string | null) =>
  outbox.put({ rowKey, column: 'c', base, value });

describe('the outbox', () => {
  it('sends answers in order and one cell at a time, each naming the one before as its base', async () => {
    const server = strictServer({ r1: '空置' });
    const sent: string[][] = [];
    const { outbox, time } = await open(memoryDb(), async (patches) => {
      sent.push(patches.map((patch) => `${patch.rowKey}:${patch.base}→${patch.value}`));
      return server.receive(patches);
    });
    await put(outbox, 'r1', '空置', '出租');
    await put(outbox, 'r1', '出租', '群租');
    await put(outbox, 'r2', null, '自住');
    await time.run();
    expect(sent).toEqual([['r1:空置→群租', 'r2:null→自住']]);
    expect(outbox.cell('r1', 'c')).toEqual({ kind: 'saved', value: '群租' });
    expect(outbox.status()).toMatchObject({ waiting: 0, conflicts: 0, halted: null });
  });

  it('keeps answers through a lost network and a reload, and sends them when it is back', async () => {
    const db = memoryDb();
    let network = false;
    const server = strictServer();
    const send = async (patches: readonly Outgoing[]) => {
      if (!network) throw new Offline();
      return server.receive(patches);
    };
    const first = await open(db, send);
    await put(first.outbox, 'r1', null, '出租');
    await first.time.run(5_000);
    expect(first.outbox.status()).toMatchObject({ waiting: 1, halted: 'offline' });
    first.outbox.close();

    const second = await open(db, send);
    expect(second.outbox.cell('r1', 'c')).toEqual({ kind: 'waiting', value: '出租' });
    network = true;
    await second.time.run();
    expect(server.cells.get('r1')).toBe('出租');
    expect(db.entries.size).toBe(0);
  });

  it('does not take its own answer for another person’s when a reply was lost', async () => {
    const server = strictServer({ r1: '空置' });
    let lose = true;
    const { outbox, time } = await open(memoryDb(), async (patches) => {
      const reply = server.receive(patches);
      if (lose) throw new Offline();
      return reply;
    });
    await put(outbox, 'r1', '空置', '出租');
    await time.run(500);
    await put(outbox, 'r1', '出租', '群租');
    lose = false;
    outbox.retry();
    await time.run();
    expect(server.cells.get('r1')).toBe('群租');
    expect(outbox.rejections()).toEqual([]);
  });

  it('shows a conflict until it is decided, either way', async () => {
    const server = strictServer({ r1: '自住', r2: '自住' });
    const { outbox, time } = await open(memoryDb(), async (patches) => server.receive(patches));
    await put(outbox, 'r1', '空置', '出租');
    await put(outbox, 'r2', '空置', '出租');
    await time.run();
    expect(outbox.status()).toMatchObject({ waiting: 0, conflicts: 2 });
    expect(outbox.cell('r1', 'c')).toMatchObject({
      kind: 'rejected',
      value: '出租',
      rejection: { current: '自住', currentBy: '张丽' },
    });
    outbox.drop('r1', 'c');
    expect(outbox.cell('r1', 'c')).toEqual({ kind: 'saved', value: '自住' });
    await put(outbox, 'r2', '自住', '出租');
    await time.run();
    expect(server.cells.get('r2')).toBe('出租');
    expect(outbox.status()).toMatchObject({ conflicts: 0 });
  });

  it('gives up on what the server refuses outright, and says so', async () => {
    const { outbox, time } = await open(memoryDb(), async () => {
      throw new Error('409');
    });
    await put(outbox, 'r1', null, '出租');
    await time.run();
    expect(outbox.status()).toMatchObject({ waiting: 0, invalid: 1 });
    expect(outbox.rejections()[0]?.rejection.message.zh).toBe('任务已提交');
  });

  it('loses nothing and doubles nothing, whatever the network does', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('answer' as const),
        row: fc.integer({ min: 0, max: 3 }),
        value: fc.constantFrom('甲', '乙', '丙'),
      }),
      fc.record({ kind: fc.constant('pass' as const), forMs: fc.integer({ min: 1, max: 5_000 }) }),
      fc.record({
        kind: fc.constant('network' as const),
        state: fc.constantFrom('up' as const, 'down' as const, 'loses replies' as const),
      }),
      fc.record({ kind: fc.constant('reload' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const db = memoryDb();
        const server = strictServer();
        let network: 'up' | 'down' | 'loses replies' = 'up';
        const send = async (patches: readonly Outgoing[]) => {
          if (network === 'down') throw new Offline();
          const reply = server.receive(patches);
          if (network === 'loses replies') throw new Offline();
          return reply;
        };
        let { outbox, time } = await open(db, send);
        const wanted = new Map<string, string>();
        for (const each of steps) {
          if (each.kind === 'network') network = each.state;
          else if (each.kind === 'pass') await time.run(each.forMs);
          else if (each.kind === 'reload') {
            outbox.close();
            ({ outbox, time } = await open(db, send));
          } else {
            const row = `r${each.row}`;
            await put(outbox, row, wanted.get(row) ?? null, each.value);
            wanted.set(row, each.value);
          }
        }
        network = 'up';
        outbox.retry();
        await time.run();
        expect(outbox.status()).toMatchObject({ waiting: 0, conflicts: 0, invalid: 0 });
        expect(Object.fromEntries(server.cells)).toEqual(Object.fromEntries(wanted));
        expect(db.entries.size).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
