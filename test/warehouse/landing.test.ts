import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { virtualClock } from '../../core/clock.ts';
import { contentHash } from '../../core/ids.ts';
import { openLanding } from '../../warehouse/landing.ts';
import type { BatchManifest } from '../../warehouse/landing-manifest.ts';
import { pullToLanding } from '../../warehouse/landing-pull.ts';

let folder: string;
const clock = virtualClock(new Date('2026-11-22T01:30:00Z'));
const open = () => openLanding({ folder, clock });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'landing-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function all(iterable: AsyncIterable<BatchManifest>): Promise<BatchManifest[]> {
  const list: BatchManifest[] = [];
  for await (const item of iterable) list.push(item);
  return list;
}

describe('a batch', () => {
  test('appears with its cursor, its data and its hash', async () => {
    const landing = open();
    const writer = landing.write('grid', 'resident');
    await writer.append([{ name: '张三', size: 3 }, { name: '李四' }]);
    expect(await landing.lastCursor('grid', 'resident')).toBe(null);
    const manifest = await writer.commit({ after: 'x' });
    const text = await readFile(landing.dataFile(manifest), 'utf8');
    expect(text).toBe('{"name":"张三","size":3}\n{"name":"李四"}\n');
    expect(manifest).toMatchObject({
      source: 'grid',
      dataset: 'resident',
      partition: '2026-11-22',
      seq: 1,
      records: 2,
      bytes: Buffer.byteLength(text),
      sha256: contentHash(text),
      cursor: { after: 'x' },
      previous: null,
      receivedAt: '2026-11-22T09:30:00+08:00',
    });
    expect(await open().lastCursor('grid', 'resident')).toEqual({ after: 'x' });
    expect(await open().manifest(manifest.id)).toEqual(manifest);
    await open().check(manifest);
  });

  test('keeps the spelling of raw records', async () => {
    const landing = open();
    const writer = landing.write('grid', 'resident');
    await writer.append([{ a: 1 }]);
    await writer.append({ count: 1, ndjson: Buffer.from('{"a":1.10}\n') });
    const manifest = await writer.commit(null);
    expect(manifest.records).toBe(2);
    expect(await readFile(landing.dataFile(manifest), 'utf8')).toBe('{"a":1}\n{"a":1.10}\n');
  });

  test('of the same content after the same history has the same id, after another history another', async () => {
    const first = open().write('grid', 'case');
    await first.append([{ a: 1 }]);
    const one = await first.commit(1);
    const second = open().write('grid', 'case');
    await second.append([{ a: 1 }]);
    const two = await second.commit(2);
    expect(two.previous).toBe(one.id);
    expect(two.id).not.toBe(one.id);

    const elsewhere = openLanding({ folder: join(folder, 'again'), clock });
    const repeat = elsewhere.write('grid', 'case');
    await repeat.append([{ a: 1 }]);
    expect((await repeat.commit(1)).id).toBe(one.id);
  });

  test('larger than the buffer is written whole', async () => {
    const landing = open();
    const writer = landing.write('grid', 'resident');
    const long = '长'.repeat(600_000);
    for (let page = 0; page < 5; page++) await writer.append([{ page }, { long }, { page }]);
    const manifest = await writer.commit(null);
    const lines = (await readFile(landing.dataFile(manifest), 'utf8')).trimEnd().split('\n');
    expect(lines.length).toBe(15);
    expect(JSON.parse(lines[13]!)).toEqual({ long });
    await landing.check(manifest);
  });

  test('that is aborted leaves nothing', async () => {
    const writer = open().write('grid', 'resident');
    await writer.append([{ a: 1 }]);
    await writer.abort();
    expect(await readdir(join(folder, 'grid', 'resident'))).toEqual([]);
    await expect(writer.commit(1)).rejects.toThrow('closed');
  });

  test('is refused when another pull moved the cursor', async () => {
    const slow = open().write('grid', 'resident');
    await slow.append([{ a: 1 }]);
    const fast = open().write('grid', 'resident');
    await fast.append([{ a: 2 }]);
    await fast.commit('fast');
    await expect(slow.commit('slow')).rejects.toMatchObject({ code: 'warehouse.landing.moved', retryable: true });
    expect(await open().lastCursor('grid', 'resident')).toBe('fast');
    expect((await readdir(join(folder, 'grid', 'resident'))).length).toBe(2);
  });

  test('joins the order when several writers without a cursor commit at once', async () => {
    const landings = [open(), open(), open()];
    const made = await Promise.all(
      Array.from({ length: 30 }, async (_, i) => {
        const writer = landings[i % 3]!.write('platform', 'confirmation');
        await writer.append([{ i }]);
        return await writer.commit(null);
      }),
    );
    expect(new Set(made.map((manifest) => manifest.seq)).size).toBe(30);
    const listed = await all(open().manifests());
    expect(listed.map((manifest) => manifest.seq)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    for (const [i, manifest] of listed.entries()) expect(manifest.previous).toBe(listed[i - 1]?.id ?? null);
    expect((await readdir(join(folder, 'platform', 'confirmation'))).length).toBe(60);
  });

  test('that was damaged on disk is named', async () => {
    const landing = open();
    const writer = landing.write('grid', 'resident');
    await writer.append([{ a: 1 }]);
    const manifest = await writer.commit(null);
    await appendFile(landing.dataFile(manifest), '{}\n');
    await expect(landing.check(manifest)).rejects.toMatchObject({ code: 'warehouse.landing.corrupt' });
    await writeFile(join(folder, 'grid', 'resident', '00000001.json'), '{"id":');
    await expect(open().lastCursor('grid', 'resident')).rejects.toMatchObject({ code: 'warehouse.landing.corrupt' });
  });

  test.each(['../etc', 'Grid', '', 'files'])('is refused for a source named %j', async (name) => {
    expect(() => open().write(name, 'resident')).toThrow('warehouse.landing.name');
  });
});

describe('manifests', () => {
  test('come in the order in which batches were received, and after a place', async () => {
    const landing = open();
    const names = [
      ['grid', 'case'],
      ['civil', 'person'],
      ['grid', 'case'],
    ] as const;
    for (const [source, dataset] of names) {
      const writer = landing.write(source, dataset);
      await writer.append([{ a: 1 }]);
      await writer.commit(null);
      await clock.advance(1000);
    }
    const order = (await all(landing.manifests())).map((m) => `${m.source}.${m.dataset}.${m.seq}`);
    expect(order).toEqual(['grid.case.1', 'civil.person.1', 'grid.case.2']);
    const later = await all(landing.manifests({ source: 'grid', dataset: 'case', afterSeq: 1 }));
    expect(later.map((m) => m.seq)).toEqual([2]);
    expect(await landing.manifest('grid.case.00000009.0123456789abcdef')).toBe(null);
    expect(await landing.manifest('nonsense')).toBe(null);
  });
});

describe('leftovers of a crash', () => {
  test('are swept; what another living process is writing is not', async () => {
    const writer = open().write('grid', 'case');
    await writer.append([{ a: 1 }]);
    await writer.commit('kept');
    const place = join(folder, 'grid', 'case');
    const host = (await import('node:os')).hostname().replaceAll(/[^A-Za-z0-9-]/g, '-');
    const dead = `.${host}.${process.pid}.before.0011.part`;
    const alive = `.${host}.${process.ppid}.x.0022.part`;
    await writeFile(join(place, dead), 'half a ba');
    await writeFile(join(place, alive), 'half a ba');
    await writeFile(join(place, '00000002-0123456789abcdef.ndjson'), '{"a":1}\n');
    const next = open().write('grid', 'case');
    await next.append([{ a: 2 }]);
    expect(await readdir(place)).toContain(alive);
    expect(await readdir(place)).not.toContain(dead);
    expect(await readdir(place)).not.toContain('00000002-0123456789abcdef.ndjson');
    expect((await next.commit('next')).seq).toBe(2);
  });
});

describe('original files', () => {
  test('are kept once by content', async () => {
    const path = join(folder, 'tax.XLSX');
    await writeFile(path, 'content');
    const { documents } = open();
    const kept = await documents.keep(path);
    expect(kept).toMatchObject({ sha256: contentHash('content'), bytes: 7 });
    expect(kept.path.endsWith('.xlsx')).toBe(true);
    expect(await documents.keep(path)).toEqual(kept);
    expect(await readFile(kept.path, 'utf8')).toBe('content');
    expect((await readdir(join(folder, 'files'))).length).toBe(1);
  });
});

describe('pulling to landing', () => {
  const pages = [1, 2, 3].map((n) => ({ records: [{ n }, { n: n * 10 }], cursor: n }));

  test('commits at page ends and goes on from the last cursor', async () => {
    const landing = open();
    const asked: unknown[] = [];
    const connector = {
      async *pull({ cursor }: { cursor: unknown }) {
        asked.push(cursor);
        yield* cursor === null ? pages : [];
      },
    };
    const pull = { landing, connector, source: 'grid', dataset: 'case', signal: new AbortController().signal };
    const first = await pullToLanding({ ...pull, commitAfterRecords: 4 });
    expect(first.batches.map((batch) => [batch.records, batch.cursor])).toEqual([
      [4, 2],
      [2, 3],
    ]);
    expect(await pullToLanding(pull)).toEqual({ batches: [], records: 0, cursor: 3, more: false });
    expect(asked).toEqual([null, 3]);
  });

  test('stops after as many batches as it may make and says that there is more', async () => {
    const landing = open();
    const connector = {
      async *pull({ cursor }: { cursor: unknown }) {
        yield* pages.slice(Number(cursor ?? 0));
      },
    };
    const pull = { landing, connector, source: 'grid', dataset: 'case', signal: new AbortController().signal };
    const one = { ...pull, commitAfterRecords: 1, maxBatches: 2 };
    expect(await pullToLanding(one)).toMatchObject({ records: 4, cursor: 2, more: true });
    expect(await pullToLanding(one)).toMatchObject({ records: 2, cursor: 3, more: false });
  });

  test('keeps what a failing source brought before it failed', async () => {
    const landing = open();
    const connector = {
      async *pull() {
        yield* pages.slice(0, 2);
        throw new Error('cut');
      },
    };
    const pull = { landing, connector, source: 'grid', dataset: 'case', signal: new AbortController().signal };
    await expect(pullToLanding(pull)).rejects.toThrow('cut');
    expect(await landing.lastManifest('grid', 'case')).toMatchObject({ records: 4, cursor: 2 });
  });
});
