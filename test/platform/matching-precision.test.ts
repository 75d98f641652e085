import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCity, orgUnits } from '../../city/index.ts';
import { cityEnvironment } from '../../cli/platform/city-environment.ts';
import {
  type Connector,
  createConnector,
  datasetNames,
  isPulled,
  loadFileLayouts,
  type PulledSource,
  parseSources,
} from '../../connectors/index.ts';
import { idNumberCheckDigit, type JsonObject, loadCatalogue, packageRoot, virtualClock } from '../../core/index.ts';
import { openLanding, pullToLanding } from '../../warehouse/index.ts';
import { openWarehouse } from '../../warehouse/warehouse.ts';
import { patientClock } from '../connectors/patient-clock.ts';

const TODAY = '2026-11-22';
const NOW = new Date(`${TODAY}T12:00:00Z`);
const PEOPLE_SOURCES = ['grid', 'civil', 'police'] as const;
/** Every so many records of civil affairs lose their number. */
const EVERY = 20;

/** What people do to a number: leave it out, mistype a digit, swap two, forget one. */
function spoiled(idNo: string, i: number): string | null {
  const at = 2 + ((i * 7) % 13);
  const digit = (Number(idNo[at]) + 1 + (i % 8)) % 10;
  if (i % 4 < 2) return null;
  if (i % 4 === 2) return idNo.slice(0, at) + digit + idNo.slice(at + 1);
  return i % 8 === 3
    ? idNo.slice(0, at) + idNo[at + 1] + idNo[at] + idNo.slice(at + 2)
    : idNo.slice(0, at) + idNo.slice(at + 1);
}

it('records of the simulated subdistrict that lost their number are linked to nobody else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fillonce-matching-'));
  const city = await createCity({
    seed: 7,
    scale: 0.05,
    today: TODAY,
    live: false,
    inbox: join(folder, 'inbox'),
    state: join(folder, 'state'),
    sources: [...PEOPLE_SOURCES],
  });
  const clock = virtualClock(NOW);
  const landing = openLanding({ folder: join(folder, 'landing'), clock });
  /** The number that each spoiled record had, by the record as it lands. */
  const truth = new Map<string, string>();
  let seen = 0;

  function forgetful(connector: Connector): Connector {
    const lose = (record: JsonObject): JsonObject => {
      const idNo = record.sfzhm;
      // A number that the source itself has wrong says nothing of whose the record is.
      if (typeof idNo !== 'string' || idNo.at(17) !== idNumberCheckDigit(idNo.slice(0, 17))) return record;
      if (++seen % EVERY !== 0) return record;
      const lost = { ...record, sfzhm: spoiled(idNo, seen / EVERY) };
      if (lost.sfzhm !== idNo) truth.set(JSON.stringify(lost), idNo);
      return lost;
    };
    return {
      pull: async function* (request) {
        for await (const { raw: _, ...page } of connector.pull(request)) {
          yield { ...page, records: page.records.map(lose) };
        }
      },
    };
  }

  try {
    const writer = landing.write('platform', 'org_unit');
    await writer.append(orgUnits(7).map(({ path, name, kind }) => ({ path, name, kind })));
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
        const from = source.name === 'civil' && dataset === 'person' ? forgetful(connector) : connector;
        await pullToLanding({ landing, connector: from, source: source.name, dataset, signal });
      }
    }
    const warehouse = await openWarehouse({
      folder: join(folder, 'warehouse'),
      landing,
      catalogue: loadCatalogue(),
      clock,
      memoryMb: 512,
      threads: 2,
    });
    await warehouse.stageOutstanding();
    await warehouse.refresh();
    const golden = await warehouse.query((sql) => sql.all<{ id_no: string }>('SELECT id_no FROM population.person'));
    const known = new Set(golden.map(({ id_no }) => id_no));
    const findable = [...truth.values()].filter((idNo) => known.has(idNo)).length;

    const pairs = (await warehouse.matching.pairs(10_000)).flatMap(({ keyless, key, verdict }) => {
      const right = truth.get(JSON.stringify(keyless.raw));
      return right === undefined ? [] : [{ verdict, right: right === key }];
    });
    const certain = pairs.filter(({ verdict }) => verdict === 'certain');
    const shown = pairs.filter(({ verdict }) => verdict === 'doubtful');
    const share = (of: readonly { right: boolean }[], all: number) => of.filter(({ right }) => right).length / all;
    const found = {
      spoiled: truth.size,
      findable,
      certain: certain.length,
      precision: share(certain, certain.length),
      recall: share(certain, findable),
      doubtful: shown.length,
      recallWithPeople: share(pairs, findable),
    };
    const duplicates = await warehouse.matching.duplicates(10_000);
    await warehouse.close();
    console.info(JSON.stringify({ ...found, duplicates: duplicates.length }));
    expect(findable).toBeGreaterThan(100);
    expect(found.precision).toBeGreaterThanOrEqual(0.995);
    expect(found.recall).toBeGreaterThanOrEqual(0.5);
    expect(found.recallWithPeople).toBeGreaterThanOrEqual(0.9);
    // Everyone of the truth has one number: what is offered for merging is offered in vain, and must be next to nothing.
    expect(duplicates.length / known.size).toBeLessThan(0.002);
  } finally {
    await city.stop();
    await rm(folder, { recursive: true, force: true });
  }
}, 240_000);
