import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type JsonObject, loadCatalogue, orgPath, type User, virtualClock } from '../../core/index.ts';
import { createReports, type PatchInput, type TaskColumn } from '../../reports/index.ts';
import { createFolderObjects, listTasks, openStore, replaceOrgUnits, type Task } from '../../store/index.ts';
import { loadTemplates } from '../../templates/index.ts';
import { openLanding, openReader, openWarehouse } from '../../warehouse/index.ts';
import { addUser } from '../store/people.ts';

const COMMUNITY = '310199/001/c05';

function dwelling(code: string, change: JsonObject = {}): JsonObject {
  return {
    dwellingCode: code,
    address: `锦澜路${code}号`,
    estateName: '锦园',
    gridPath: `${COMMUNITY}/g01`,
    ownerName: '张三',
    ownerPhone: '13812345678',
    usageStatus: '4',
    vacantSince: '2026-05-01',
    hazard: '0',
    rectification: '0',
    deleted: false,
    updatedAt: '2026-11-20T09:00:00+08:00',
    ...change,
  };
}

/** Some answer that fits the column. */
function answerTo(column: TaskColumn): string | null {
  if (column.codes) return column.codes[0]!;
  if (column.check === 'phone') return '13900000000';
  if (column.check === 'idNumber') return '11010519491231002X';
  return { integer: '3', decimal: '61.25', date: '2026-11-01', text: '甲', code: null, timestamp: null, boolean: null }[
    column.type
  ];
}

it('what is answered in one campaign comes back through the warehouse and is not asked in the next', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fillonce-warehouse-loop-'));
  const clock = virtualClock(new Date('2026-11-22T04:00:00Z'));
  const catalogue = loadCatalogue();
  const landing = openLanding({ folder: join(folder, 'landing'), clock });
  const warehouse = await openWarehouse({
    folder: join(folder, 'warehouse'),
    landing,
    catalogue,
    clock,
    memoryMb: 512,
    threads: 2,
  });
  const reader = openReader({ folder: join(folder, 'warehouse') });
  const store = await openStore({ folder: 'memory', clock });
  try {
    const land = async (source: string, dataset: string, records: JsonObject[]) => {
      const writer = landing.write(source, dataset);
      await writer.append(records);
      await writer.commit({ at: clock.now().toISOString() });
    };
    const publish = async () => {
      await warehouse.stageOutstanding();
      await warehouse.refresh();
      return warehouse.publish();
    };
    const units = [
      { path: '310199/001', name: '锦澜街道', kind: 'subdistrict' as const },
      { path: COMMUNITY, name: '锦园居民区', kind: 'community' as const },
      { path: `${COMMUNITY}/g01`, name: '一网格', kind: 'grid' as const },
    ];
    await land('platform', 'org_unit', units);
    await land('grid', 'dwelling', [
      dwelling('d1'),
      dwelling('d2', { usageStatus: '3', beds: 6, updatedAt: '2025-11-01T09:00:00+08:00' }),
      dwelling('d3', { usageStatus: '1' }),
    ]);
    await publish();
    await store.system.transaction((tx) =>
      replaceOrgUnits(
        tx,
        units.map((unit) => ({ ...unit, path: orgPath(unit.path) })),
      ),
    );
    const clerk = await addUser(store, 'wang', 'clerk', COMMUNITY);
    const reviewer = await addUser(store, 'sun', 'reviewer', '310199/001', { roles: ['reviewer', 'leader'] });
    const objects = createFolderObjects({ folder: join(folder, 'objects'), clock });
    const reports = createReports({
      store,
      reader,
      objects,
      templates: loadTemplates({ catalogue }),
      catalogue,
      landing,
    });

    const begin = async (): Promise<{ id: Parameters<typeof reports.merges.run>[0]; tasks: Task[] }> => {
      const { id } = await reports.campaigns.create(reviewer, {
        templateId: 'vacant-group-rental',
        period: '2026-11',
        scope: '310199/001',
        deadline: new Date('2026-11-30T10:00:00Z'),
      });
      await reports.prefill.run(id);
      await reports.campaigns.issue(id);
      return {
        id,
        tasks: await store.system.transaction((tx) => listTasks(tx, { campaignId: id, limit: 9, offset: 0 })),
      };
    };
    const answerAll = async (user: User, task: Task, blankColumn: string) => {
      const { columns } = await reports.tasks.get(user, task.id);
      const { items } = await reports.tasks.rows(user, task.id, { limit: 100, offset: 0 });
      const patches = items.flatMap((row) =>
        row.doubts.map((doubt): PatchInput => {
          const at = columns.findIndex((column) => column.id === doubt.column);
          const base = row.values[at]!;
          const value = doubt.column === blankColumn ? null : (base ?? answerTo(columns[at]!));
          return { rowKey: row.rowKey, column: doubt.column, base, value, clientOpId: `${row.rowKey}-${doubt.column}` };
        }),
      );
      const reply = await reports.patches.save(user, task.id, patches);
      expect(reply.rejected).toEqual([]);
      return patches;
    };

    const first = await begin();
    expect(first.tasks.map((task) => task.orgPath)).toEqual([COMMUNITY]);
    const patches = await answerAll(clerk, first.tasks[0]!, 'layout');
    expect(patches.some((patch) => patch.value === null)).toBe(true);
    await reports.submissions.submit(clerk, first.tasks[0]!.id);
    await reports.reviews.approve(reviewer, first.tasks[0]!.id);
    await reports.merges.run(first.id);
    const release = await reports.releases.run(reviewer, first.id);
    const written = await reports.writeBack.run();
    expect(written.confirmations).toBe(patches.length);
    await publish();

    const second = await begin();
    expect(second.tasks).toEqual([]);
    await reports.merges.run(second.id);
    const again = await reports.releases.run(reviewer, second.id);
    expect(again.counts.rows).toBe(release.counts.rows);
    const cell = await reports.provenance.of(reviewer, second.id, 'd1', 'area_m2');
    expect(cell).toMatchObject({ value: '61.25', class: 'held', steps: [{ kind: 'answer', value: '61.25' }] });
    expect(cell.steps[0]!.note.zh).toContain(first.id);
    const observed = await reports.provenance.of(reviewer, second.id, 'd1', 'estate_name');
    expect(observed.steps[0]!.note.zh).toMatch(/网格平台采集，批次 grid\.dwelling\.00000001\.[0-9a-f]{16} 第 \d+ 条/);
    expect((await reports.merges.run(first.id)).counts).toMatchObject({ conflict: 0, mine: 0 });
  } finally {
    await store.close();
    await reader.close();
    await warehouse.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
