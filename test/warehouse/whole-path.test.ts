import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../core/catalogue.ts';
import { idNumberCheckDigit } from '../../core/checks.ts';
import { virtualClock } from '../../core/clock.ts';
import { openLanding } from '../../warehouse/landing.ts';
import { openReader } from '../../warehouse/reader.ts';
import { openWarehouse } from '../../warehouse/warehouse.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

function idNo(i: number): string {
  const first17 = `31019919800512${String(i).padStart(3, '0')}`;
  return first17 + idNumberCheckDigit(first17);
}

describe('a batch on its way to a reader', () => {
  it('is staged, chosen among sources, published and read, with what broke its contract set aside', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fillonce-warehouse-'));
    folders.push(folder);
    const clock = virtualClock(new Date('2026-11-22T04:00:00Z'));
    const landing = openLanding({ folder: join(folder, 'landing'), clock });
    const land = async (source: string, dataset: string, records: Record<string, string | boolean | null>[]) => {
      const writer = landing.write(source, dataset);
      await writer.append(records);
      return (await writer.commit({ at: records.length })).id;
    };
    await land('grid', 'resident', [
      ...Array.from({ length: 8 }, (_, i) => ({
        residentId: `r${i}`,
        idNo: idNo(i),
        name: '张三',
        gender: '1',
        phone: '13812345678',
        gridPath: '310199/001/c05/g03',
        deleted: false,
        updatedAt: '2026-10-01T09:00:00+08:00',
      })),
      { residentId: 'bad', idNo: '310199198005120001', name: '李四', updatedAt: '2026-10-01T09:00:00+08:00' },
      { residentId: 'r9', idNo: idNo(9), phone: '12', gender: '7', updatedAt: '2026-10-01T09:00:00+08:00' },
    ]);
    await land('police', 'registration', [
      { sfzh: idNo(0), xm: '张三丰', xb: '1', csrq: '19800512', djsj: '20261101083000' },
      { sfzh: idNo(1), xm: '张三', xb: '1', csrq: '19800512', zxbs: '1', djsj: '20261101083000' },
    ]);
    const options = { folder: join(folder, 'warehouse'), landing, catalogue: loadCatalogue(), clock };
    const warehouse = await openWarehouse({ ...options, memoryMb: 512, threads: 2 });
    const staged = await warehouse.stageOutstanding();
    expect(staged).toMatchObject({ rows: 11, quarantined: 1, entities: ['person'] });
    await warehouse.refresh();
    const published = await warehouse.publish();
    const reader = openReader({ folder: options.folder });
    const people = await reader.withPublication('current', (sql) =>
      sql.all('SELECT id_no, name, name_s, name_o, phone, phone_s, gender, _org FROM population.person ORDER BY id_no'),
    );
    expect(people).toHaveLength(8);
    expect(people[0]).toEqual({
      id_no: idNo(0),
      name: '张三丰',
      name_s: 7,
      name_o: '2026-11-01',
      phone: '13812345678',
      phone_s: 2,
      gender: '男',
      _org: '310199/001/c05/g03',
    });
    expect(people.at(-1)).toMatchObject({ id_no: idNo(9), phone: null, phone_s: null, gender: null });
    const page = await reader.page('current', {
      mart: 'population.person',
      columns: ['id_no', 'name'],
      where: [{ column: '_org', op: 'within', value: '310199/001/c05' }],
      limit: 3,
    });
    expect(page).toMatchObject({ publication: published.id, total: 7 });
    expect(page.rows).toHaveLength(3);
    await reader.close();
    await warehouse.close();
  });
});
