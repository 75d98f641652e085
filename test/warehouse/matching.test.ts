import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idNumberCheckDigit } from '../../core/checks.ts';
import type { JsonObject } from '../../core/json.ts';
import { identityOf } from '../../warehouse/index.ts';
import { type Fixture, openFixture } from './fixture.ts';

const AT = '2026-10-01T09:00:00+08:00';
const BY = { by: 'user_1', reason: '电话核实' };
const MACHINE = { by: 'matching', reason: '自动' };

const FAMILY = [...'王李张刘陈杨赵黄周吴'];
const GIVEN = [...'伟芳娜敏静强磊洋艳勇军杰娟涛明超秀霞平刚'];

/** Persons of a small place in which names and days of birth repeat more than in a real one. */
function person(i: number) {
  const day = `19${60 + (i % 40)}${String(1 + (i % 12)).padStart(2, '0')}${String(1 + ((i * 7) % 28)).padStart(2, '0')}`;
  const first17 = `310199${day}${String(i % 1000).padStart(3, '0')}`;
  return {
    idNo: first17 + idNumberCheckDigit(first17),
    name: `${FAMILY[i % 10]}${GIVEN[(i * 3) % 20]}${GIVEN[(i * 7) % 20]}`,
    birthDate: `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`,
    gender: Number(first17[16]) % 2 === 1 ? '1' : '2',
    phone: `138${String(10_000_000 + Math.floor(i / 3) * 37).slice(0, 8)}`,
    dwellingCode: `D${Math.floor(i / 3)}`,
  };
}

const resident = (i: number, more: JsonObject = {}): JsonObject => ({
  residentId: `r${i}`,
  ...person(i),
  updatedAt: AT,
  ...more,
});

const spoiled = (idNo: string, i: number) =>
  `${idNo.slice(0, 17)}${(Number(idNo[17] === 'X' ? 10 : idNo[17]) + 1 + (i % 8)) % 10}`;

const civil = (i: number, more: JsonObject = {}): JsonObject => {
  const { idNo, name, birthDate, phone } = person(i);
  return { sfzhm: idNo, xm: name, csrq: birthDate, lxdh: phone, hyzk: '已婚', gxsj: AT, ...more };
};

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.close());

async function golden(idNo: string) {
  const [row] = await fixture.warehouse.query((sql) =>
    sql.all<{ marital_status: string | null; name: string }>(
      'SELECT marital_status, name FROM population.person WHERE id_no = $1',
      [idNo],
    ),
  );
  return row;
}

async function expectRebuildable(): Promise<void> {
  const found = await fixture.warehouse.verify();
  expect(found.rebuiltOtherwise).toEqual([]);
  expect(found.ok).toBe(true);
}

async function up(): Promise<void> {
  await fixture.bringUp();
}

/** 300 residents known to the grid, 100 of them to civil affairs, of whom every tenth with a wrong or missing key. */
async function place(): Promise<void> {
  await fixture.land(
    'grid.resident',
    Array.from({ length: 300 }, (_, i) => resident(i)),
  );
  const wrong = (i: number): JsonObject => (i % 20 === 0 ? { sfzhm: null } : { sfzhm: spoiled(person(i).idNo, i) });
  await fixture.land(
    'civil.person',
    Array.from({ length: 100 }, (_, i) => civil(i, i % 10 === 0 ? wrong(i) : {})),
  );
  await up();
}

describe('records without a usable key', () => {
  it('are linked when certain, to the right person every time, and the golden record then knows what they say', async () => {
    await place();
    const { matching } = fixture.warehouse;
    expect((await golden(person(10).idNo))?.marital_status ?? null).toBeNull();
    const outcome = await matching.link(MACHINE);
    expect(outcome).toMatchObject({ linked: 10, doubtful: 0, apart: 0, entities: ['person'] });
    await up();
    for (let i = 0; i < 100; i += 10) expect((await golden(person(i).idNo))?.marital_status, `${i}`).toBe('已婚');
    const history = await matching.history(100);
    const truth = new Set(Array.from({ length: 10 }, (_, i) => person(i * 10).idNo));
    expect(history.every(({ key, verdict, by }) => truth.has(key) && verdict === 'same' && by === 'matching')).toBe(
      true,
    );
    expect((await matching.link(MACHINE)).linked).toBe(0);
    await expectRebuildable();
  });

  it('wait for a person when only name and birth date agree; the score says why', async () => {
    await fixture.land('grid.resident', [resident(1), resident(2)]);
    const { name, birthDate } = person(1);
    await fixture.land('civil.person', [
      ...Array.from({ length: 9 }, (_, i) => civil(i + 20)),
      { sfzhm: '', xm: ` ${name} `, csrq: birthDate, hyzk: '已婚', gxsj: AT },
    ]);
    await up();
    const { matching } = fixture.warehouse;
    expect(await matching.link(MACHINE)).toMatchObject({ linked: 0, doubtful: 1 });
    const [pair] = await matching.pairs(10);
    expect(pair).toMatchObject({ key: person(1).idNo, verdict: 'doubtful', score: 19 });
    expect(pair!.features.find(({ field }) => field === 'name')).toMatchObject({ outcome: 'agree', weight: 7 });

    await matching.decide({ identity: identityOf(pair!.keyless), key: pair!.key }, 'same', BY);
    await up();
    expect((await golden(person(1).idNo))?.marital_status).toBe('已婚');
    expect(await matching.pairs(10)).toEqual([]);
    await expectRebuildable();
  });

  it('stay apart once a person said so, and when they resemble nobody', async () => {
    await fixture.land('grid.resident', [resident(1)]);
    const { name, birthDate } = person(1);
    await fixture.land('civil.person', [
      ...Array.from({ length: 18 }, (_, i) => civil(i + 20)),
      { sfzhm: '', xm: name, csrq: birthDate, gxsj: AT },
      { sfzhm: '', xm: '欧阳修', csrq: '1907-01-01', gxsj: AT },
    ]);
    await up();
    const { matching } = fixture.warehouse;
    const [pair, none] = await matching.pairs(10);
    expect(none).toBeUndefined();
    const named = { identity: identityOf(pair!.keyless), key: pair!.key };
    expect(await matching.decide(named, 'different', BY)).toMatchObject({ doubtful: 0, apart: 2 });
    await expect(matching.decide(named, 'different', BY)).rejects.toMatchObject({ code: 'warehouse.matching.absent' });
    expect(await matching.history(5)).toMatchObject([
      { ...named, verdict: 'different', by: 'user_1', reason: '电话核实' },
    ]);
  });

  it('that were linked wrongly are split again; what was linked with them stays', async () => {
    await place();
    const { matching } = fixture.warehouse;
    await matching.link(MACHINE);
    await up();
    const link = (await matching.history(100)).find(({ key }) => key === person(10).idNo)!;
    await matching.split(link, BY);
    await up();
    expect((await golden(person(10).idNo))?.marital_status ?? null).toBeNull();
    expect((await golden(person(30).idNo))?.marital_status).toBe('已婚');
    // A namesake born on the same day is offered instead, and not linked by itself.
    expect(await matching.link(MACHINE)).toMatchObject({ linked: 0, doubtful: 1 });
    expect((await matching.pairs(5)).map(({ key }) => key)).not.toContain(link.key);
    await expect(matching.split(link, BY)).rejects.toMatchObject({ code: 'warehouse.matching.absent' });
    await expectRebuildable();

    // What was split is joined again when someone says so.
    await matching.decide(link, 'same', BY);
    await up();
    expect((await golden(person(10).idNo))?.marital_status).toBe('已婚');
    await expectRebuildable();

    // And taken back by a machine whose clock was set back by an hour meanwhile.
    await fixture.clock.advance(-3_600_000);
    await matching.split(link, BY);
    await up();
    expect((await golden(person(10).idNo))?.marital_status ?? null).toBeNull();
    await expectRebuildable();
  });

  it('are linked again without a question when their source sends the same wrong key again', async () => {
    await fixture.land('grid.resident', [resident(1)]);
    const wrong = { sfzhm: '310199', xm: person(1).name, csrq: person(1).birthDate, gxsj: AT };
    const others = Array.from({ length: 9 }, (_, i) => civil(i + 20));
    await fixture.land('civil.person', [...others, wrong]);
    await up();
    const { matching } = fixture.warehouse;
    const [pair] = await matching.pairs(10);
    await matching.decide({ identity: identityOf(pair!.keyless), key: pair!.key }, 'same', BY);
    await fixture.land('civil.person', [...others, { ...wrong, hyzk: '离婚', gxsj: '2026-10-05T09:00:00+08:00' }]);
    await up();
    expect(await matching.link(MACHINE)).toMatchObject({ linked: 1, doubtful: 0 });
    await up();
    expect((await golden(person(1).idNo))?.marital_status).toBe('离婚');
  });
});

it('an enterprise is found by its name and legal representative, however both are written', async () => {
  const code = '91310000MA1FL0X01N';
  const valid = validCode(code);
  const grid = {
    creditCode: valid,
    name: '上海晨光商贸有限公司',
    bizAddress: '上海市幸福路120弄3号501室',
    updatedAt: AT,
  };
  await fixture.land('grid.enterprise', [grid]);
  const bad = {
    统一社会信用代码: '',
    企业名称: '晨光商贸有限责任公司',
    法定代表人: '王伟',
    住所: '幸福路一百二十弄３号',
    更新日期: '2026-10-02',
  };
  await fixture.land('tax.taxpayer', [
    {
      纳税人识别号: '',
      纳税人名称: '晨光（上海）商贸有限公司',
      生产经营地址: '幸福路一百二十弄３号５０１',
      更新日期: '2026-10-02',
    },
  ]);
  await fixture.land('market.enterprise', [bad]);
  await up();
  const blocked = (await fixture.warehouse.quarantine.blocked()).filter(({ state }) => state === 'open');
  for (const { batch } of blocked) await fixture.warehouse.quarantine.accept(batch, BY);
  const pairs = await fixture.warehouse.matching.pairs(10);
  expect(pairs.map(({ key, score }) => [key, score])).toEqual([
    [valid, 19],
    [valid, 13],
  ]);
});

/** The code with the check digit that its first 17 signs ask for. */
function validCode(code: string): string {
  const signs = '0123456789ABCDEFGHJKLMNPQRTUWXY';
  const sum = [...code.slice(0, 17)].reduce((all, sign, i) => all + signs.indexOf(sign) * (3 ** i % 31), 0);
  return code.slice(0, 17) + signs[(31 - (sum % 31)) % 31];
}
