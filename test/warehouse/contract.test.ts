import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../core/catalogue.ts';
import { creditCodeCheckDigit, idNumberCheckDigit, isCreditCode, isIdNumber, isPhone } from '../../core/checks.ts';
import type { JsonObject } from '../../core/json.ts';
import { packageRoot } from '../../core/paths.ts';
import { loadContracts, readContract } from '../../warehouse/contract.ts';
import { type DuckDb, openDuckDb } from '../../warehouse/duckdb.ts';
import { type Fixture, openFixture } from './fixture.ts';

const AT = '2026-10-01T09:00:00+08:00';

function idNo(i: number): string {
  const first17 = `31019919800512${String(i).padStart(3, '0')}`;
  return first17 + idNumberCheckDigit(first17);
}

describe('how raw text is read', () => {
  let db: DuckDb;
  beforeAll(async () => {
    const prepare = readFileSync(join(packageRoot(), 'warehouse', 'sql', 'macros.sql'), 'utf8');
    db = await openDuckDb({ path: ':memory:', memoryMb: 128, threads: 1, connections: 1, prepare });
  });
  afterAll(() => db.close());

  async function read(expression: string, text: string | null) {
    const [row] = await db.use((sql) =>
      sql.all<{ v: unknown }>(`SELECT ${expression} AS v FROM (SELECT $1::VARCHAR AS x)`, [text]),
    );
    return row?.v;
  }

  it.each([
    ['fo_text(x)', ' 张三　', '张三'],
    ['fo_text(x)', '\t12\n', '12'],
    ['fo_text(x)', '', null],
    ['fo_text(x)', '　', null],
    ['fo_integer(x)', '1,234', 1234],
    ['fo_integer(x)', '3.0', 3],
    ['fo_integer(x)', '3.5', null],
    ['fo_integer(x)', '三', null],
    ['fo_integer(x)', '99999999999', null],
    ['fo_decimal(x)', '1,234.56', 1234.56],
    ['fo_decimal(x)', '12元', null],
    ['fo_boolean(x)', 'True', true],
    ['fo_boolean(x)', '否', false],
    ['fo_boolean(x)', '2', null],
    ['fo_date(x)', '2026-11-22', '2026-11-22'],
    ['fo_date(x)', '2026/1/2', '2026-01-02'],
    ['fo_date(x)', '2026年11月2日', '2026-11-02'],
    ['fo_date(x)', '20261122', '2026-11-22'],
    ['fo_date(x)', '2026-11-21T16:30:00.000Z', '2026-11-22'],
    ['fo_date(x)', '2026-13-01', null],
    ['fo_date(x)', '0026-11-22', null],
    ['fo_date8(x)', '20261122', '2026-11-22'],
    ['fo_date8(x)', '2026112', null],
    ['fo_timestamp(x)', '2026-11-22T09:30:00+08:00', '2026-11-22 09:30:00'],
    ['fo_timestamp(x)', '2026-11-22T01:30:00Z', '2026-11-22 09:30:00'],
    ['fo_timestamp(x)', '2026-11-22T10:30:00+09:00', '2026-11-22 09:30:00'],
    ['fo_timestamp(x)', '2026-11-22 09:30:00', '2026-11-22 09:30:00'],
    ['fo_timestamp(x)', '2026-11-22', '2026-11-22 00:00:00'],
    ['fo_timestamp(x)', '昨天', null],
    ['fo_timestamp14(x)', '20261122093000', '2026-11-22 09:30:00'],
    ['fo_same_text(x)', 'Ａ１０１　室', 'a101室'],
  ])('%s of %j is %j', async (expression, text, value) => {
    expect(await read(expression, text)).toEqual(value);
  });

  it('judges check digits and phones as core/checks does', async () => {
    const digits = (length: number) =>
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((all) => all.join(''));
    const credit = fc
      .array(fc.constantFrom(...'0123456789ABCDEFGHJKLMNPQRTUWXY'), { minLength: 17, maxLength: 17 })
      .map((all) => all.join(''));
    const candidates = fc.oneof(
      digits(17).map((text) => text + idNumberCheckDigit(text)),
      fc.tuple(digits(17), fc.constantFrom(...'0123456789X')).map(([text, last]) => text + last),
      fc.tuple(fc.integer({ min: 1900, max: 2030 }), digits(7)).map(([year, rest]) => {
        const text = `310199${year}${rest}`;
        return text + idNumberCheckDigit(text);
      }),
      credit.map((text) => text + creditCodeCheckDigit(text)),
      fc.tuple(credit, fc.constantFrom(...'0123456789ABCDEFGHJ')).map(([text, last]) => text + last),
      digits(11),
      digits(9).map((text) => `13${text}`),
      fc.tuple(digits(3), digits(8)).map(([area, number]) => `0${area}-${number}`),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(candidates, { minLength: 100, maxLength: 200 }), async (texts) => {
        const rows = await db.use((sql) =>
          sql.all(
            `SELECT coalesce(fo_is_id_number(x), false) AS id, coalesce(fo_is_credit_code(x), false) AS credit,
               coalesce(fo_is_phone(x), false) AS phone FROM (SELECT unnest($1::JSON::VARCHAR[]) AS x)`,
            [JSON.stringify(texts)],
          ),
        );
        expect(rows).toEqual(
          texts.map((text) => ({ id: isIdNumber(text), credit: isCreditCode(text), phone: isPhone(text) })),
        );
      }),
      { numRuns: 10 },
    );
  });
});

describe('a contract file', () => {
  it.each([
    ['a field that its entity does not have', 'grid.x', 'field: shoe_size, type: integer', /has no field shoe_size/],
    [
      'a type that is not its element’s',
      'grid.x',
      'field: phone, type: integer',
      /is integer, its element population.person.phone is text/,
    ],
    ['a code without a spelling', 'grid.x', 'field: gender, type: code', /does not say how its codes are spelled/],
    [
      'a mapping to a value that the list does not have',
      'grid.x',
      'field: gender, type: code, codes: { m: 雄 }',
      /雄 is not in list gender/,
    ],
    ['an unknown property', 'grid.x', 'field: phone, type: text, nullable: true', /nullable/],
  ])('with %s is refused by name', async (_what, dataset, column, reason) => {
    const folder = await mkdtemp(join(tmpdir(), 'fillonce-contract-'));
    const file = join(folder, `${dataset}.yaml`);
    await writeFile(
      file,
      `source: grid\ndataset: x\nversion: 1\nentity: person\nkey: [id_no]\nunknownColumns: evolve\nstopAboveBadShare: 0.2\ncolumns:\n  id: { field: id_no, type: text, required: true }\n  c: { ${column} }\n`,
    );
    expect(() => readContract(file, loadCatalogue())).toThrow(reason);
    await rm(folder, { recursive: true });
  });

  it('maps every element that names a source to a column of that source', () => {
    const catalogue = loadCatalogue();
    const contracts = [...loadContracts(catalogue).values()];
    const unfed = catalogue.elements.flatMap((element) =>
      element.sources
        .filter(
          (source) =>
            !contracts.some(
              (contract) =>
                contract.source === source &&
                contract.entity === element.entity &&
                contract.columns.some(({ field }) => field === element.field),
            ),
        )
        .map((source) => `${element.id} from ${source}`),
    );
    expect(unfed).toEqual([]);
  });
});

describe('a batch under its contract', () => {
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await openFixture();
  });
  afterEach(() => fixture.close());

  const resident = (i: number, more: JsonObject = {}): JsonObject => ({
    residentId: `r${i}`,
    idNo: idNo(i),
    updatedAt: AT,
    ...more,
  });
  const people = (n: number) => Array.from({ length: n }, (_, i) => resident(i));

  it('keeps the row and blanks the value when an optional column is bad, and says which and why', async () => {
    const batch = await fixture.land('grid.resident', [
      ...people(20),
      resident(30, { phone: '12', gender: '9', birthDate: 'soon' }),
    ]);
    const { batches } = await fixture.warehouse.stageOutstanding();
    expect(batches).toMatchObject([{ batch, state: 'staged', rows: 21, staged: 21, quarantined: 0, nulled: 1 }]);
    const values = await fixture.warehouse.query((sql) =>
      sql.all('SELECT row, "column", rule, value FROM quarantine.value ORDER BY rule'),
    );
    expect(values).toEqual([
      { row: 21, column: 'birthDate', rule: 'birthDate:type', value: 'soon' },
      { row: 21, column: 'gender', rule: 'gender:code', value: '9' },
      { row: 21, column: 'phone', rule: 'phone:check', value: '12' },
    ]);
  });

  it('sets a row aside with its raw text when a required column is bad', async () => {
    const bad = { residentId: 'r', idNo: '310199198005120001', updatedAt: AT, name: '李四' };
    const batch = await fixture.land('grid.resident', [...people(9), bad, { residentId: null, idNo: idNo(11) }]);
    const result = await fixture.warehouse.stageOutstanding();
    expect(result).toMatchObject({ rows: 9, quarantined: 2 });
    const { records, total } = await fixture.warehouse.quarantine.list({ limit: 10 });
    expect(total).toBe(2);
    expect(records[0]).toMatchObject({ batch, row: 10, rules: ['idNo:check'], state: 'open' });
    expect(JSON.parse(records[0]!.raw)).toEqual(bad);
    expect(records[1]).toMatchObject({ row: 11, rules: ['residentId:required', 'updatedAt:required'] });
    expect(await fixture.warehouse.quarantine.summary()).toContainEqual({
      source: 'grid',
      dataset: 'resident',
      rule: 'idNo:check',
      rows: 1,
    });
  });

  it('applies row rules: discard_row sets aside, warn only notes', async () => {
    await fixture.land('parking.space', [
      ...Array.from({ length: 9 }, (_, i) => ({
        parkCode: 'p1',
        readAt: `2026-11-01T0${i}:00:00+08:00`,
        totalSpaces: 100,
        remainingSpaces: i,
      })),
      { parkCode: 'p1', readAt: '2026-11-01T10:00:00+08:00', totalSpaces: 100, remainingSpaces: 101 },
    ]);
    await fixture.land('tax.tax_month', [
      {
        纳税人识别号: '91310115MA1K3YJ12H',
        所属月份: '2026-10',
        增值税: '1',
        企业所得税: 1,
        个人所得税: 1,
        其他税费: 1,
        税收合计: 9,
        更新日期: '2026-11-01',
      },
    ]);
    await fixture.warehouse.stageOutstanding();
    expect((await fixture.warehouse.quarantine.list({ dataset: 'space', limit: 10 })).records).toMatchObject([
      { row: 10, rules: ['remaining_within_total'] },
    ]);
    const noted = await fixture.warehouse.query((sql) =>
      sql.all("SELECT rule FROM quarantine.value WHERE dataset = 'tax_month'"),
    );
    const good = creditCodeCheckDigit('91310115MA1K3YJ12') === 'H';
    expect(noted).toEqual(good ? [{ rule: 'total_adds_up' }] : []);
  });

  it('stops as a whole above its share of bad rows, loudly, and passes once a person accepts it', async () => {
    const bad = Array.from({ length: 5 }, (_, i) => resident(i, { idNo: `${i}` }));
    const first = await fixture.land('grid.resident', [...people(5), ...bad]);
    const second = await fixture.land(
      'grid.resident',
      people(3).map((record) => ({ ...record, name: '王五' })),
    );
    const { batches } = await fixture.warehouse.stageOutstanding();
    expect(batches).toMatchObject([
      { batch: first, state: 'blocked', reason: 'share:0.500', staged: 0, quarantined: 0 },
      { batch: second, state: 'staged', staged: 3 },
    ]);
    expect(fixture.notices).toMatchObject([{ kind: 'batch_blocked', subject: first }]);
    expect(await fixture.warehouse.quarantine.blocked()).toMatchObject([{ batch: first, state: 'open' }]);

    await fixture.warehouse.quarantine.accept(first, { by: 'user_1', reason: '来源已说明' });
    await fixture.warehouse.refresh();
    expect(await fixture.warehouse.quarantine.blocked()).toEqual([]);
    const rows = await fixture.warehouse.query((sql) =>
      sql.all('SELECT id_no, name FROM population.person ORDER BY id_no'),
    );
    expect(rows.map(({ name }) => name)).toEqual(['王五', '王五', '王五', null, null]);
    expect((await fixture.warehouse.verify()).ok).toBe(true);
  });

  it('notes columns that are new, missing or under another name; a frozen contract stops the batch', async () => {
    await fixture.land(
      'grid.resident',
      people(60).map((record) => ({ ...record, wechat: 'x' })),
    );
    await fixture.land('market.enterprise', [{ 统一社会信用代码: '', 名称: '某公司', 更新日期: '2026-11-01' }]);
    const frozen = await fixture.land('signal.headcount', [
      { zone: 'z1', carrier: 'cmcc', tsStart: AT, persons: 20, producedAt: AT, mood: 'calm' },
    ]);
    const { batches } = await fixture.warehouse.stageOutstanding();
    expect(batches.find(({ batch }) => batch === frozen)).toMatchObject({ state: 'blocked', reason: 'unknown:mood' });
    const drift = (await fixture.warehouse.drift()).map(({ dataset, kind, column }) => `${dataset} ${kind} ${column}`);
    expect(drift).toContain('resident unknown wechat');
    expect(drift).toContain('resident missing phone');
    expect(drift).toContain('enterprise alias 名称');
    expect(drift).toContain('headcount unknown mood');
    expect(drift).not.toContain('resident missing idNo');
  });

  it('is staged once, however often it is asked for, and a repeated record is no new version', async () => {
    const batch = await fixture.land('grid.resident', people(4));
    const again = await fixture.land('grid.resident', people(4));
    await fixture.land('grid.resident', [resident(0, { updatedAt: '2026-10-02T09:00:00+08:00' })]);
    expect(await fixture.warehouse.stage(batch)).toMatchObject({ rows: 4 });
    expect(await fixture.warehouse.stage([batch, batch])).toMatchObject({ rows: 0, batches: [] });
    expect(await fixture.warehouse.stageOutstanding()).toMatchObject({
      batches: [
        { batch: again, staged: 0, repeated: 4 },
        { staged: 1, repeated: 0 },
      ],
    });
    expect(await fixture.warehouse.outstanding(10)).toEqual([]);
  });

  it('knows each record’s line, also while other datasets are read beside it', async () => {
    const places = (n: number) => Array.from({ length: n }, (_, i) => `p${i}-${'x'.repeat(300)}`);
    const datasets = ['signal.zone', 'parking.lot', 'housing.building', 'grid.camera'] as const;
    const keys = {
      'signal.zone': 'zoneCode',
      'parking.lot': 'parkCode',
      'housing.building': 'building_code',
      'grid.camera': 'cameraCode',
    };
    const time = {
      'signal.zone': 'updatedAt',
      'parking.lot': 'updatedAt',
      'housing.building': 'updated_at',
      'grid.camera': 'updatedAt',
    };
    for (const name of datasets) {
      await fixture.land(
        name,
        places(20_000).map((code) => ({ [keys[name]]: code, [time[name]]: AT })),
      );
    }
    await fixture.warehouse.stageOutstanding();
    const fields = {
      'signal.zone': 'zone_code',
      'parking.lot': 'lot_code',
      'housing.building': 'building_code',
      'grid.camera': 'camera_code',
    };
    for (const name of datasets) {
      const [wrong] = await fixture.warehouse.query((sql) =>
        sql.all(
          `SELECT count(*) AS n FROM staged."${name}" WHERE split_part(${fields[name]}, '-', 1) <> 'p' || (_row - 1)`,
        ),
      );
      expect(wrong, name).toEqual({ n: 0 });
    }
  });

  it('leaves the same rows whether it shares a pass with others or not', async () => {
    const stagedRows = async (together: boolean) => {
      const own = await openFixture();
      try {
        for (let b = 0; b < 30; b++) {
          const records = Array.from({ length: 1 + ((b * 7) % 40) }, (_, i) =>
            resident((b * 3 + i) % 60, { name: `${b % 4}` }),
          );
          const bad = { ...resident(b), idNo: 'x' };
          const batch = await own.land('grid.resident', [...records.slice(0, b), bad, ...records.slice(b)]);
          if (!together) await own.warehouse.stage(batch);
        }
        await own.warehouse.stageOutstanding();
        return await own.warehouse.query(async (sql) => ({
          versions: await sql.all(
            'SELECT id_no, name, _batch, _seq, _row, _superseded FROM staged."grid.resident" ORDER BY _seq, _row',
          ),
          quarantined: await sql.all('SELECT batch_id, row, raw FROM quarantine.record ORDER BY batch_id'),
        }));
      } finally {
        await own.close();
      }
    };
    const together = await stagedRows(true);
    expect(together).toEqual(await stagedRows(false));
    expect(together.quarantined.map(({ row }) => row).slice(0, 3)).toEqual([2, 3, 4]);
  });

  it('named alone is staged with the batches of its dataset that landed before it', async () => {
    const first = await fixture.land('grid.resident', people(2));
    const second = await fixture.land('grid.resident', [resident(5)]);
    const { batches } = await fixture.warehouse.stage(second);
    expect(batches.map(({ batch }) => batch)).toEqual([first, second]);
  });

  it('of a source without a contract is refused by name, and is not outstanding', async () => {
    const batch = await fixture.land('grid.weather', [{ a: 1 }]);
    await expect(fixture.warehouse.stage(batch)).rejects.toMatchObject({ code: 'warehouse.contract.unknown' });
    expect(await fixture.warehouse.outstanding(10)).toEqual([]);
  });
});

describe('a quarantined record', () => {
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await openFixture();
    const good = Array.from({ length: 12 }, (_, i) => ({ residentId: `r${i}`, idNo: idNo(i), updatedAt: AT }));
    await fixture.land('grid.resident', [
      ...good,
      { residentId: 'a', idNo: `${idNo(20)}!`, name: '甲', updatedAt: AT },
      { residentId: 'b', idNo: 'nothing', name: '乙', updatedAt: AT },
    ]);
    await fixture.warehouse.stageOutstanding();
  });
  afterEach(() => fixture.close());

  it('can be mended and replayed, and a rebuild knows it', async () => {
    const { records } = await fixture.warehouse.quarantine.list({ rule: 'idNo:check', limit: 10 });
    const places = records.map(({ batch, row }) => ({ batch, row }));
    const outcome = await fixture.warehouse.quarantine.replay(
      places,
      [{ op: 'replace', column: 'idNo', find: '!', by: '' }],
      {
        by: 'user_1',
        reason: '录入多打一个叹号',
      },
    );
    expect(outcome).toMatchObject({ passed: 1, quarantined: 1 });
    await fixture.warehouse.refresh();
    const rows = await fixture.warehouse.query((sql) =>
      sql.all("SELECT id_no FROM population.person WHERE name = '甲'"),
    );
    expect(rows).toEqual([{ id_no: idNo(20) }]);
    expect((await fixture.warehouse.quarantine.list({ state: 'fixed', limit: 10 })).total).toBe(2);
    expect((await fixture.warehouse.quarantine.list({ state: 'open', limit: 10 })).records).toMatchObject([
      { batch: outcome.batch, rules: ['idNo:check'] },
    ]);
    await fixture.warehouse.rebuild();
    expect((await fixture.warehouse.quarantine.list({ state: 'fixed', limit: 10 })).total).toBe(2);
  });

  it('can be dismissed with a reason, once', async () => {
    const [record] = (await fixture.warehouse.quarantine.list({ limit: 1 })).records;
    const place = { batch: record!.batch, row: record!.row };
    await fixture.warehouse.quarantine.dismiss([place], { by: 'user_1', reason: '测试数据' });
    expect(await fixture.warehouse.quarantine.record(place)).toMatchObject({
      state: 'dismissed',
      decided_by: 'user_1',
      reason: '测试数据',
    });
    await expect(fixture.warehouse.quarantine.dismiss([place], { by: 'user_2', reason: '' })).rejects.toMatchObject({
      code: 'warehouse.quarantine.absent',
    });
  });
});
