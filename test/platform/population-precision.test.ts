import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCity, orgUnits } from '../../city/index.ts';
import { openTruthMarts } from '../../cli/demo/truth-marts.ts';
import { cityEnvironment } from '../../cli/platform/city-environment.ts';
import {
  createConnector,
  datasetNames,
  isPulled,
  loadFileLayouts,
  type PulledSource,
  parseSources,
} from '../../connectors/index.ts';
import { loadCatalogue, packageRoot, parsePeriod, virtualClock } from '../../core/index.ts';
import { type FormPlan, planForm } from '../../reports/index.ts';
import { prefillSql } from '../../reports/prefill-sql.ts';
import { loadTemplates } from '../../templates/index.ts';
import { openLanding, openReader, pullToLanding } from '../../warehouse/index.ts';
import { openWarehouse } from '../../warehouse/warehouse.ts';
import { patientClock } from '../connectors/patient-clock.ts';

const TODAY = '2026-11-22';
const SCOPE = '310199/001';
const NOW = new Date(`${TODAY}T12:00:00Z`);
const PEOPLE_SOURCES = ['grid', 'civil', 'police'] as const;

/** The communities' sums: what a tenth of the subdistrict counts is too little to judge community by community. */
function totalsSql(plan: FormPlan, rows: string): string {
  const each = plan.columns.flatMap(({ name }, at) => [
    `sum("${name}") AS "${name}"`,
    `count(*) FILTER (WHERE class[${at + 1}] IN ('s', 'c', 'm')) AS "${name}_asked"`,
  ]);
  return `SELECT ${each.join(', ')} FROM (${rows})`;
}

it('what the population form counts by itself is right within its tolerance, and the rest is asked', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fillonce-people-'));
  const catalogue = loadCatalogue();
  const city = await createCity({
    seed: 11,
    scale: 0.1,
    today: TODAY,
    live: false,
    inbox: join(folder, 'inbox'),
    state: join(folder, 'state'),
    sources: [...PEOPLE_SOURCES],
  });
  const clock = virtualClock(NOW);
  const landing = openLanding({ folder: join(folder, 'landing'), clock });
  const units = orgUnits(11);
  try {
    const writer = landing.write('platform', 'org_unit');
    await writer.append(units.map(({ path, name, kind }) => ({ path, name, kind })));
    await writer.commit(null);
    const text = await readFile(join(packageRoot(), 'connectors', 'sources.example.yaml'), 'utf8');
    const env = Object.entries(cityEnvironment(city)).map(([name, value]) => [name, value || 'http://127.0.0.1:1']);
    const sources = parseSources(text, Object.fromEntries(env)).filter(
      (each): each is PulledSource => isPulled(each) && PEOPLE_SOURCES.some((name) => name === each.name),
    );
    for (const source of sources) {
      const connector = createConnector(source, {
        clock: patientClock(NOW),
        random: () => 0.5,
        files: landing.documents,
        fileLayout: loadFileLayouts(),
        readXlsxRows: async function* () {},
      });
      const { signal } = new AbortController();
      for (const dataset of datasetNames(source)) {
        await pullToLanding({ landing, connector, source: source.name, dataset, signal });
      }
    }
    const warehouse = await openWarehouse({
      folder: join(folder, 'warehouse'),
      landing,
      catalogue,
      clock,
      memoryMb: 512,
      threads: 2,
    });
    await warehouse.stageOutstanding();
    await warehouse.refresh();
    await warehouse.publish();
    await warehouse.close();

    const { binding } = loadTemplates({ catalogue }).get('population-statistics');
    const plan = planForm(binding, parsePeriod('2026-11'), catalogue);
    const query = { plan, scope: SCOPE, asOf: TODAY, confirmationCode: 100 };
    const reader = openReader({ folder: join(folder, 'warehouse') });
    const [ours] = await reader.withPublication('current', (sql) =>
      sql.all<Record<string, number>>(totalsSql(plan, prefillSql(query))),
    );
    await reader.close();
    const truth = await openTruthMarts({
      city,
      catalogue,
      entities: ['person', 'household', 'enterprise', 'tax_month'],
      units,
      asOf: TODAY,
    });
    const [right] = await truth.use((sql) => sql.all<Record<string, number>>(totalsSql(plan, prefillSql(query))));
    await truth.close();

    const alwaysAsked = ['away', 'primary', 'moved_in', 'died'];
    for (const name of alwaysAsked) expect([name, ours![`${name}_asked`]]).toEqual([name, 20]);
    const off = plan.columns.flatMap(({ name, indicator }) => {
      if (alwaysAsked.includes(name)) return [];
      const [is, should] = [ours![name]!, right![name]!];
      // One person more or less is within what a small number can be right by.
      return Math.abs(is - should) <= Math.max(1, indicator!.tolerance * should)
        ? []
        : [`${name}: ${is} for ${should}`];
    });
    expect(off).toEqual([]);
    const cells = plan.columns.length * 20;
    const asked = plan.columns.reduce((sum, { name }) => sum + ours![`${name}_asked`]!, 0);
    expect(asked / cells).toBeLessThanOrEqual(0.15);
  } finally {
    await city.stop();
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
