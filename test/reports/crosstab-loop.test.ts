import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadCatalogue, virtualClock } from '../../core/index.ts';
import { createReports } from '../../reports/index.ts';
import { createFolderObjects, listTasks, openStore } from '../../store/index.ts';
import { loadTemplates } from '../../templates/index.ts';
import { openWorkbook, readSheet } from '../../templates/xlsx/index.ts';
import { openLanding } from '../../warehouse/index.ts';
import { addUser } from '../store/people.ts';
import { FRESH } from './city.ts';
import { addGolden, createTestPublications, SUBDISTRICT } from './publication.ts';

it('a figure of a cross-tab is asked where its months give reason to doubt it, merged, exported and then held', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fillonce-crosstab-'));
  const clock = virtualClock(new Date('2026-07-05T01:00:00Z'));
  const catalogue = loadCatalogue();
  const publications = createTestPublications({
    ...catalogue,
    entities: catalogue.entities.filter((entity) => entity.name === 'enterprise'),
  });
  const store = await openStore({ folder: 'memory', clock });
  try {
    const publish = (q2: string, confirmed = '') =>
      publications.publish(async (sql) => {
        await addGolden(sql, 'enterprise.enterprise', FRESH, [
          {
            credit_code: 'A',
            name: '公司甲',
            grid_path: '310199/001/c05/g01',
            reg_status: '存续',
            key_enterprise: '是',
            biz_address: '路1',
            industry: '批发和零售业',
            scale: '小型',
            legal_person: '甲',
            contact_name: '乙',
            contact_phone: '13800000000',
            employees: 12,
          },
        ]);
        await sql.run(`INSERT INTO enterprise.tax_quarter VALUES ('A', '2026-Q1', 10, 6, 1, 2, 1, 2, 0, 0, 0), ${q2}`);
        if (confirmed !== '') await sql.run(`INSERT INTO platform.confirmation VALUES ${confirmed}`);
      });
    // The second quarter lacks a month of revenue; its taxes add up.
    await publish(`('A', '2026-Q2', 7, 8, 2, 2, 2, 2, 1, 0, 0)`);
    const clerk = await addUser(store, 'wang', 'clerk', SUBDISTRICT);
    const reviewer = await addUser(store, 'sun', 'reviewer', SUBDISTRICT, { roles: ['reviewer', 'leader'] });
    const landing = openLanding({ folder: join(folder, 'landing'), clock });
    const objects = createFolderObjects({ folder: join(folder, 'objects'), clock });
    const reports = createReports({
      store,
      reader: publications,
      objects,
      templates: loadTemplates({ catalogue }),
      catalogue,
      landing,
    });
    const begin = async () => {
      const { id } = await reports.campaigns.create(reviewer, {
        templateId: 'enterprise-tax-quarter',
        period: '2026-Q2',
        scope: SUBDISTRICT,
        deadline: new Date('2026-07-20T10:00:00Z'),
      });
      await reports.prefill.run(id);
      await reports.campaigns.issue(id);
      return {
        id,
        tasks: await store.system.transaction((tx) => listTasks(tx, { campaignId: id, limit: 9, offset: 0 })),
      };
    };

    const { id, tasks } = await begin();
    expect(tasks.map((task) => [task.orgPath, task.cellCount])).toEqual([[SUBDISTRICT, 1]]);
    const [row] = (await reports.tasks.rows(clerk, tasks[0]!.id, { limit: 5, offset: 0 })).items;
    expect(row!.doubts).toMatchObject([{ column: 'revenue_2026q2', class: 'missing' }]);
    const save = (column: string, base: string, value: string) =>
      reports.patches.save(clerk, tasks[0]!.id, [
        { rowKey: 'A', column, base, value, clientOpId: `answer-${column}-${value}` },
      ]);
    expect((await save('revenue_2026q2', '7', '11.5')).rejected).toEqual([]);
    await reports.submissions.submit(clerk, tasks[0]!.id);
    await reports.reviews.approve(reviewer, tasks[0]!.id);

    // Meanwhile the tax office brings another figure for the very cell.
    await publish(`('A', '2026-Q2', 12, 8, 2, 2, 2, 2, 0, 0, 0)`);
    expect((await reports.merges.run(id)).counts).toMatchObject({ conflict: 1, theirs: 0, rows: 1 });
    const { items } = await reports.conflicts.list(reviewer, id, { limit: 5, offset: 0 });
    expect(items).toMatchObject([
      { column: 'revenue_2026q2', base: '7', candidates: [{ value: '11.5' }, { value: '12' }] },
    ]);
    await reports.conflicts.decide(reviewer, items[0]!.id, { choice: 'mine' });
    await reports.releases.run(reviewer, id);

    const exported = await reports.exports.write(reviewer, { campaignId: id }, join(folder, 'out.xlsx'));
    const workbook = await openWorkbook(exported.file);
    const { rows } = await readSheet(workbook, '分季度税收');
    await workbook.close();
    const line = rows.find((each) => each.values.includes('公司甲'))!.values;
    expect(line).toContain(11.5);

    await reports.writeBack.run();
    const text = await readFile(landing.dataFile((await landing.lastManifest('platform', 'confirmation'))!), 'utf8');
    const { entity, key, field, value } = JSON.parse(text.trim());
    expect([entity, key, field, value]).toEqual(['form:enterprise-tax-quarter', 'A', 'revenue_2026q2', '11.5']);
    await publish(
      `('A', '2026-Q2', 12, 8, 2, 2, 2, 2, 1, 0, 0)`,
      `('${entity}', '${key}', '${field}', '${value}', TIMESTAMP '2026-07-05 09:00:00', 'u', 'c')`,
    );
    const again = await begin();
    expect(again.tasks).toEqual([]);
    expect((await reports.provenance.of(reviewer, again.id, 'A', 'revenue_2026q2')).value).toBe('11.5');
  } finally {
    await store.close();
    await publications.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
