import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadCatalogue, orgPath, virtualClock } from '../../core/index.ts';
import { createReports } from '../../reports/index.ts';
import { createFolderObjects, listTasks, openStore, replaceOrgUnits } from '../../store/index.ts';
import { loadTemplates, type TemplateSet } from '../../templates/index.ts';
import { openWorkbook, readSheet } from '../../templates/xlsx/index.ts';
import { openLanding } from '../../warehouse/index.ts';
import { addUser } from '../store/people.ts';
import { FRESH, OLD } from './city.ts';
import { addGolden, createTestPublications, type Field, SUBDISTRICT } from './publication.ts';

/** The shipped form with this test's own rules for asking: two doubted by their records, one always asked, the others never. */
function formOfTheTest(set: TemplateSet): TemplateSet {
  const rules: Readonly<Record<string, { askAbove: number; tolerance: number }>> = {
    registered: { askAbove: 0.2, tolerance: 0 },
    migrants: { askAbove: 0.2, tolerance: 0 },
    residents: { askAbove: -1, tolerance: 0.5 },
  };
  const get: TemplateSet['get'] = (id, version) => {
    const template = set.get(id, version);
    const indicators = template.binding.indicators!.map((each) => ({
      ...each,
      askAbove: 1,
      tolerance: 0,
      ...rules[each.name],
    }));
    return { ...template, binding: { ...template.binding, indicators } };
  };
  return { all: set.all, get };
}

it('a doubtful number is asked of its community alone, goes into the form, and is held for its period', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fillonce-indicator-'));
  const clock = virtualClock(new Date('2026-11-22T01:00:00Z'));
  const catalogue = loadCatalogue();
  const publications = createTestPublications(catalogue);
  const store = await openStore({ folder: 'memory', clock });
  try {
    const fresh = (value: string): Field => [value, 'grid', FRESH];
    const person = (id: string, grid: string, hukou: Field) => ({
      id_no: id,
      name: id,
      gender: '男',
      birth_date: '1990-01-01',
      grid_path: grid,
      residence_status: '在住',
      hukou_type: hukou,
      marital_status: '已婚',
      education: '高中',
      ethnicity: '汉族',
      political_status: '群众',
      lives_alone: '否',
      move_in_date: '2020-01-01',
    });
    const publish = (confirmed: string, newcomer = false) =>
      publications.publish(async (sql) => {
        await addGolden(sql, 'population.person', FRESH, [
          person('p1', '310199/001/c05/g01', fresh('户籍人口')),
          person('p2', '310199/001/c05/g01', ['流动人口', 'grid', OLD]),
          person('p3', '310199/001/c06/g01', fresh('户籍人口')),
          ...(newcomer ? [person('p4', '310199/001/c05/g01', fresh('境外人员'))] : []),
        ]);
        if (confirmed) await sql.run(confirmed);
      });
    await publish('');
    await store.system.transaction((tx) =>
      replaceOrgUnits(tx, [
        { path: orgPath('310199/001'), name: '锦澜街道', kind: 'subdistrict' },
        { path: orgPath('310199/001/c05'), name: 'c05居民区', kind: 'community' },
      ]),
    );
    const clerk = await addUser(store, 'wang', 'clerk', '310199/001/c05');
    const reviewer = await addUser(store, 'sun', 'reviewer', SUBDISTRICT, { roles: ['reviewer', 'leader'] });
    const landing = openLanding({ folder: join(folder, 'landing'), clock });
    const objects = createFolderObjects({ folder: join(folder, 'objects'), clock });
    const reports = createReports({
      store,
      reader: publications,
      objects,
      templates: formOfTheTest(loadTemplates({ catalogue })),
      catalogue,
      landing,
    });
    const begin = async () => {
      const campaign = await reports.campaigns.create(reviewer, {
        templateId: 'population-statistics',
        period: '2026-11',
        scope: SUBDISTRICT,
        deadline: new Date('2026-11-30T10:00:00Z'),
      });
      await reports.prefill.run(campaign.id);
      await reports.campaigns.issue(campaign.id);
      const tasks = await store.system.transaction((tx) =>
        listTasks(tx, { campaignId: campaign.id, limit: 9, offset: 0 }),
      );
      return { id: campaign.id, tasks };
    };

    const { id, tasks } = await begin();
    expect(tasks.map((task) => [task.orgPath, task.cellCount])).toEqual([
      ['310199/001/c05', 3],
      ['310199/001/c06', 1],
    ]);
    const task = tasks[0]!;
    const [row] = (await reports.tasks.rows(clerk, task.id, { limit: 5, offset: 0 })).items;
    expect(row!.doubts.map((doubt) => doubt.column)).toEqual(['residents', 'registered', 'migrants']);
    expect(row!.doubts[0]!.reason.zh).toContain('统计数只供参考');
    expect(row!.doubts[1]!.reason.zh).toBe('由 2 条记录统计得出，其中 1 条缺项、过期或有冲突。请核实这个数。');
    const answers = [
      ['registered', '1', '2'],
      ['migrants', '1', '0'],
      ['residents', '2', '2'],
    ] as const;
    const reply = await reports.patches.save(
      clerk,
      task.id,
      answers.map(([column, base, value]) => ({
        rowKey: row!.rowKey,
        column,
        base,
        value,
        clientOpId: `answer-${column}`,
      })),
    );
    expect(reply).toMatchObject({ rejected: [], answered: 3, doubtful: 3 });
    const neighbour = await addUser(store, 'qian', 'clerk', '310199/001/c06');
    const other = tasks[1]!.id;
    await reports.patches.save(neighbour, other, [
      { rowKey: '310199/001/c06', column: 'residents', base: '1', value: '1', clientOpId: 'answer-other' },
    ]);
    await reports.submissions.submit(clerk, task.id);
    await reports.submissions.submit(neighbour, other);
    for (const each of tasks) await reports.reviews.approve(reviewer, each.id);
    // Someone registers meanwhile: the counts move, those with a tolerance within it.
    await publish('', true);
    expect((await reports.merges.run(id)).counts).toMatchObject({ mine: 2, noop: 2, conflict: 0, rows: 2 });
    await reports.releases.run(reviewer, id);
    expect(
      (await reports.provenance.of(reviewer, id, row!.rowKey, 'registered')).steps.map((step) => step.kind),
    ).toEqual(['derived', 'answer', 'review']);

    const exported = await reports.exports.write(reviewer, { campaignId: id }, join(folder, 'out.xlsx'));
    const workbook = await openWorkbook(exported.file);
    const sheet = await readSheet(workbook, '人口基本情况');
    await workbook.close();
    const line = sheet.rows.find((each) => each.number === 14)!.values;
    const heading = sheet.rows.find((each) => each.values.includes('c05居民区'))!.values;
    expect(line[heading.indexOf('c05居民区')]).toBe(2);
    expect(line[heading.indexOf('c06居民区')]).toBe(1);

    await reports.writeBack.run();
    const manifest = (await landing.lastManifest('platform', 'confirmation'))!;
    const lines = (await readFile(landing.dataFile(manifest), 'utf8'))
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(lines.map((each) => [each.entity, each.key, each.field, each.value])).toContainEqual([
      'form:population-statistics',
      '310199/001/c05|2026-11',
      'registered',
      '2',
    ]);
    const values = lines.map(
      (each) =>
        `('${each.entity}', '${each.key}', '${each.field}', '${each.value}', TIMESTAMP '2026-11-22 09:00:00', 'u', 'c')`,
    );
    await publish(`INSERT INTO platform.confirmation VALUES ${values.join(', ')}`);
    const again = await begin();
    expect(again.tasks).toEqual([]);
    expect((await reports.provenance.of(reviewer, again.id, row!.rowKey, 'registered')).value).toBe('2');
  } finally {
    await store.close();
    await publications.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
