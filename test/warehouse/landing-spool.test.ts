import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { virtualClock } from '../../core/clock.ts';
import { openLanding } from '../../warehouse/landing.ts';
import type { BatchManifest } from '../../warehouse/landing-manifest.ts';

let folder: string;
const clock = virtualClock(new Date('2026-11-22T01:30:00Z'));
const host = hostname().replaceAll(/[^A-Za-z0-9-]/g, '-');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-'));
});
afterEach(() => rm(folder, { recursive: true }));

const landing = () => openLanding({ folder, clock });
const place = () => join(folder, 'parking', 'passage');
const openSegments = async () => (await readdir(place())).filter((name) => name.endsWith('.open'));

test('an acknowledged record is on disk, and a seal makes it a batch', async () => {
  const spool = await landing().openSpool('parking', 'passage');
  await spool.append([{ id: 1 }, { id: 2 }]);
  const [segment] = await openSegments();
  expect(await readFile(join(place(), segment!), 'utf8')).toBe('{"id":1}\n{"id":2}\n');
  const manifest = await spool.seal();
  expect(manifest).toMatchObject({ records: 2, seq: 1, cursor: null });
  expect(await openSegments()).toEqual([]);
  expect(await spool.seal()).toBe(null);
  await landing().check(manifest!);
  await spool.close();
});

test('appends that come together share rounds and keep their order', async () => {
  const spool = await landing().openSpool('parking', 'passage');
  await Promise.all(Array.from({ length: 500 }, (_, i) => spool.append([{ i }])));
  expect(spool.status).toMatchObject({ open: 500, acknowledged: 500, waitingBytes: 0 });
  const manifest = await spool.seal();
  const text = await readFile(landing().dataFile(manifest!), 'utf8');
  expect(text).toBe(Array.from({ length: 500 }, (_, i) => `{"i":${i}}\n`).join(''));
  await spool.close();
});

test('a segment is sealed by its number of records and by its age', async () => {
  const sealed: BatchManifest[] = [];
  let told: () => void = () => undefined;
  const spool = await landing().openSpool('parking', 'passage', {
    sealAfterRecords: 3,
    sealAfterMs: 60_000,
    onSealed: (manifest) => {
      sealed.push(manifest);
      told();
    },
  });
  await spool.append([{ i: 1 }, { i: 2 }, { i: 3 }]);
  await spool.append([{ i: 4 }]);
  expect(sealed.map((manifest) => manifest.records)).toEqual([3]);
  const next = new Promise<void>((resolve) => {
    told = resolve;
  });
  await clock.advance(60_000);
  await next;
  expect(sealed.map((manifest) => manifest.records)).toEqual([3, 1]);
  await spool.close();
});

test('closing seals the rest and refuses later appends', async () => {
  const spool = await landing().openSpool('parking', 'passage');
  const last = spool.append([{ i: 1 }]);
  await spool.close();
  await last;
  await expect(spool.append([{ i: 2 }])).rejects.toMatchObject({ code: 'warehouse.spool.closed', retryable: true });
  expect(await landing().lastManifest('parking', 'passage')).toMatchObject({ records: 1 });
});

test('a full queue refuses instead of growing', async () => {
  const spool = await landing().openSpool('parking', 'passage', { maxWaitingBytes: 100 });
  const first = spool.append([{ text: 'x'.repeat(80) }]);
  await expect(spool.append([{ text: 'x'.repeat(80) }])).rejects.toMatchObject({
    code: 'warehouse.spool.full',
    retryable: true,
  });
  await first;
  await spool.append([{ text: 'x'.repeat(80) }]);
  await spool.close();
});

test('the segment of a dead process is recovered without its torn line', async () => {
  const first = await landing().openSpool('parking', 'passage');
  await first.close();
  await writeFile(join(place(), `.${host}.${process.pid}.before.0011.open`), '{"i":1}\n{"i":2}\n{"i":');
  await writeFile(join(place(), `.${host}.${process.pid}.before.0022.open`), '{"i":3}\n\0\0\0\n');
  const recovered: BatchManifest[] = [];
  const spool = await landing().openSpool('parking', 'passage', { onSealed: (manifest) => recovered.push(manifest) });
  const texts = await Promise.all(recovered.map((manifest) => readFile(landing().dataFile(manifest), 'utf8')));
  expect(texts.sort()).toEqual(['{"i":1}\n{"i":2}\n', '{"i":3}\n']);
  expect(await openSegments()).toEqual([]);
  await spool.close();
});

test('a segment whose batch was committed before the crash is not sealed twice', async () => {
  const spool = await landing().openSpool('parking', 'passage');
  await spool.append([{ i: 1 }]);
  const manifest = await spool.seal();
  await spool.close();
  const text = await readFile(landing().dataFile(manifest!), 'utf8');
  await writeFile(join(place(), `.${host}.${process.pid}.before.0011.open`), text);
  const again = await landing().openSpool('parking', 'passage');
  expect(await landing().lastManifest('parking', 'passage')).toEqual(manifest);
  expect(await openSegments()).toEqual([]);
  await again.close();
});

test('two spools of one dataset do not touch each other', async () => {
  const one = await landing().openSpool('parking', 'passage');
  await one.append([{ i: 1 }]);
  const two = await landing().openSpool('parking', 'passage');
  await two.append([{ i: 2 }]);
  await Promise.all([one.close(), two.close()]);
  expect(await landing().lastManifest('parking', 'passage')).toMatchObject({ seq: 2, records: 1 });
});
