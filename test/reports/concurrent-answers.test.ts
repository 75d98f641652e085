import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadCatalogue, type TaskId, type User, virtualClock } from '../../core/index.ts';
import { createReports, type Reports } from '../../reports/index.ts';
import {
  createFolderObjects,
  listTasks,
  openStore,
  patchesOfTask,
  patchHistory,
  type Store,
  type Task,
} from '../../store/index.ts';
import { loadTemplates } from '../../templates/index.ts';
import { openLanding } from '../../warehouse/index.ts';
import { addUser } from '../store/people.ts';
import { addDwellings, OLD, vacant } from './city.ts';
import { createTestPublications, SUBDISTRICT } from './publication.ts';

const catalogue = loadCatalogue();
const publications = createTestPublications({
  ...catalogue,
  entities: catalogue.entities.filter((entity) => entity.name === 'dwelling'),
});
const clock = virtualClock(new Date('2026-11-22T01:00:00Z'));
let folder: string;
let store: Store;
let reports: Reports;
let clerks: User[];
let reviewer: User;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fillonce-answers-'));
  store = await openStore({ folder: 'memory', clock });
  clerks = [await addUser(store, 'a', 'clerk', '310199/001/c05'), await addUser(store, 'b', 'clerk', '310199/001/c05')];
  reviewer = await addUser(store, 'r', 'reviewer', SUBDISTRICT);
  await publications.publish((sql) =>
    addDwellings(
      sql,
      ['d1', 'd2'].map((code) => vacant(code, { owner_name: ['张三', 'grid', OLD], vacancy_reason: null })),
    ),
  );
  reports = createReports({
    store,
    reader: publications,
    objects: createFolderObjects({ folder, clock }),
    templates: loadTemplates({ catalogue }),
    catalogue,
    landing: openLanding({ folder: join(folder, 'landing'), clock }),
  });
}, 60_000);
afterAll(async () => {
  await store?.close();
  await publications.close();
  await rm(folder, { recursive: true, force: true });
});

async function newTask(): Promise<Task> {
  const { id } = await reports.campaigns.create(reviewer, {
    templateId: 'vacant-group-rental',
    period: '2026-11',
    scope: SUBDISTRICT,
    deadline: new Date('2026-11-30T10:00:00Z'),
  });
  await reports.prefill.run(id);
  await reports.campaigns.issue(id);
  return (await store.system.transaction((tx) => listTasks(tx, { campaignId: id, limit: 1, offset: 0 })))[0]!;
}

const CELLS = [
  ['d1', 'owner_name'],
  ['d1', 'vacancy_reason'],
  ['d2', 'owner_name'],
] as const;
const BEFORE = ['张三', null, '张三'];
const VALUES = [
  ['张三', '李四', '王五', null],
  ['待租', '待售', null],
  ['张三', '赵六', null],
] as const;

/** One clerk looks at a cell now, and answers after `late` other answers have come. */
const step = fc.record({
  who: fc.nat({ max: 1 }),
  cell: fc.nat({ max: CELLS.length - 1 }),
  value: fc.nat(),
  late: fc.nat({ max: 2 }),
  twice: fc.boolean(),
});

it('of two people answering at once none overwrites the other unseen, and nothing that was saved is lost', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const task = await newTask();
      const current: (string | null)[] = [...BEFORE];
      const history: (string | null)[][] = [[...BEFORE]];
      const answered = new Set<number>();
      let saved = 0;
      run++;
      for (const [i, { who, cell, value: pick, late, twice }] of steps.entries()) {
        const [rowKey, column] = CELLS[cell]!;
        const base = history.at(-1 - Math.min(late, history.length - 1))![cell]!;
        const value = VALUES[cell]![pick % VALUES[cell]!.length]!;
        const patch = { rowKey, column, base, value, clientOpId: `run${run}-step${i}` };
        const replies = await Promise.all(
          (twice ? [patch, patch] : [patch]).map((each) => reports.patches.save(clerks[who]!, task.id, [each])),
        );
        const expected = base === current[cell] || value === current[cell];
        for (const reply of replies) {
          expect(reply.saved).toEqual(expected ? [patch.clientOpId] : []);
          if (!expected) expect(reply.rejected).toMatchObject([{ reason: 'conflict', current: current[cell] }]);
        }
        if (expected) {
          saved++;
          answered.add(cell);
          current[cell] = value;
        }
        history.push([...current]);
        expect(replies.at(-1)!.answered).toBe(answered.size);
      }
      const standing = await store.system.transaction((tx) => patchesOfTask(tx, task.id));
      for (const [cell, [rowKey, column]] of CELLS.entries()) {
        const patch = standing.find((each) => each.rowKey === rowKey && each.column === column);
        expect(patch ? patch.value : BEFORE[cell]).toBe(current[cell]);
        await expectChain(task.campaignId, rowKey, column, BEFORE[cell]!);
      }
      expect(await countPatches(task.id)).toBe(saved);
    }),
    { numRuns: 25 },
  );
}, 120_000);

/** Each answer names the one before it as its base: the history of a cell is one chain. */
async function expectChain(
  campaignId: Task['campaignId'],
  rowKey: string,
  column: string,
  first: string | null,
): Promise<void> {
  let before = first;
  for (const patch of await store.system.transaction((tx) => patchHistory(tx, campaignId, rowKey, column))) {
    expect(patch.base).toBe(before);
    expect(patch.snapshotValue).toBe(first);
    before = patch.value;
  }
}

async function countPatches(taskId: TaskId): Promise<number> {
  const rows = await store.system.transaction((tx) =>
    tx.db.selectFrom('patch').select('id').where('task_id', '=', taskId).execute(),
  );
  return rows.length;
}
