import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupCommands } from '../../cli/backup/commands.ts';
import { readBackup } from '../../cli/backup/read-backup.ts';
import { openBackupSource } from '../../cli/backup/source.ts';
import { writeBackup } from '../../cli/backup/write-backup.ts';
import { systemClock } from '../../core/clock.ts';
import { audit, openStore, type Store } from '../../store/index.ts';
import { openLanding } from '../../warehouse/index.ts';

const clock = systemClock;
const LONG = `${'很长的目录名'.repeat(12)}/${'一个长名字'.repeat(14)}.yaml`;

let base: string;
let dataFolder: string;
let store: Store;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fillonce-backup-file-'));
  dataFolder = join(base, 'data');
  store = await openStore({ folder: join(dataFolder, 'store'), clock });
  for (const [i, subject] of ['甲', '乙\u2028丙', 'c'.repeat(100_000)].entries()) {
    await store.system.transaction((tx) => audit(tx, { action: 'test.note', subject, detail: { i } }));
  }
  const landing = openLanding({ folder: join(dataFolder, 'landing'), clock });
  for (let batch = 0; batch < 3; batch++) {
    const writer = landing.write('signal', 'zone');
    await writer.append(Array.from({ length: 2_000 }, (_, i) => ({ zoneCode: `z${batch}-${i}`, zoneName: '区域' })));
    await writer.commit({ batch });
  }
  await mkdir(join(dataFolder, 'templates', LONG, '..'), { recursive: true });
  await writeFile(join(dataFolder, 'templates', LONG), 'name: 长\n');
  await writeFile(join(dataFolder, 'templates', 'empty.yaml'), '');
  await writeFile(join(dataFolder, 'plate.key'), 'secret\n', { mode: 0o600 });
});
afterAll(async () => {
  await store.close();
  await rm(base, { recursive: true, force: true });
});

const backUp = (name: string) =>
  writeBackup({ dataFolder, to: join(base, name), store, seal: async () => {} }).then(() => join(base, name));

async function filesOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: Record<string, string> = {};
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name).slice(folder.length + 1);
    if (!path.startsWith('store/') && path !== 'restored.json') found[path] = await readFile(join(folder, path), 'hex');
  }
  return found;
}

async function linesOf(of: Store): Promise<string> {
  let text = '';
  await of.dump(async (line) => {
    text += line;
  });
  return text;
}

describe('a backup', () => {
  it.each(['folder', 'one.tar', 'one.tar.gz', 'two.tgz'])('(%s) holds everything, for its owner only', async (name) => {
    const from = await backUp(name);
    expect((await stat(from)).mode & 0o777).toBe(name === 'folder' ? 0o700 : 0o600);
    expect(existsSync(`${from}.partial`) || existsSync(`${from}.scratch`)).toBe(false);
    const backup = await openBackupSource(from);
    const manifest = await backup.check();
    const found: Record<string, string> = {};
    for await (const { path, content } of backup.entries(manifest)) {
      const chunks: Buffer[] = [];
      for await (const chunk of content) chunks.push(chunk);
      if (path !== 'store.ndjson') found[path.replace('files/', '')] = Buffer.concat(chunks).toString('hex');
      else expect(Buffer.concat(chunks).toString('utf8')).toBe(await linesOf(store));
    }
    expect(found).toEqual(await filesOf(dataFolder));
  });

  it.each(['folder-back', 'back.tar.gz'])('(%s) brings every file and row back', async (name) => {
    const from = await backUp(name);
    const restored = join(base, `restored-${name}`);
    await readBackup({ from, dataFolder: restored, clock });
    expect(await filesOf(restored)).toEqual(await filesOf(dataFolder));
    const other = await openStore({ folder: join(restored, 'store'), clock });
    try {
      expect(await linesOf(other)).toBe(await linesOf(store));
    } finally {
      await other.close();
    }
  });

  it('of a folder that no platform uses is made by the command itself', async () => {
    await store.close();
    try {
      const backup = backupCommands.find(({ name }) => name === 'backup')!;
      const out = join(base, 'stopped.tar.gz');
      const said = new PassThrough();
      const code = await backup.run({
        args: [],
        options: { out, data: dataFolder, json: true },
        stdout: said,
        stderr: new PassThrough(),
        signal: new AbortController().signal,
      });
      expect(code).toBe(0);
      expect(JSON.parse(String(said.read()))).toMatchObject({ engine: 'pglite', where: out });
      expect((await (await openBackupSource(out)).check()).storeRows).toBeGreaterThan(2);
    } finally {
      store = await openStore({ folder: join(dataFolder, 'store'), clock });
    }
  });

  it('in one file is what tar makes of a folder, and the other way round', async () => {
    const unpacked = join(base, 'unpacked');
    await mkdir(unpacked);
    expect(spawnSync('tar', ['-xf', await backUp('to-unpack.tar.gz'), '-C', unpacked]).status).toBe(0);
    const packed = join(base, 'by-tar.tar.gz');
    expect(spawnSync('tar', ['-czf', packed, '-C', unpacked, '.']).status).toBe(0);
    for (const from of [unpacked, packed]) {
      expect((await (await openBackupSource(from)).check()).files.length).toBeGreaterThan(8);
    }
  });

  it('is refused where something is already, and inside of what it is a backup of; nothing is touched', async () => {
    const there = join(base, 'there.tar');
    await writeFile(there, 'mine');
    await expect(backUp('there.tar')).rejects.toMatchObject({ code: 'cli.backup_there' });
    expect(await readFile(there, 'utf8')).toBe('mine');
    const inside = writeBackup({ dataFolder, to: join(dataFolder, 'b.tar.gz'), store, seal: async () => {} });
    await expect(inside).rejects.toMatchObject({ code: 'cli.backup_inside' });
    const blocked = writeBackup({ dataFolder, to: join(there, 'b.tar'), store, seal: async () => {} });
    await expect(blocked).rejects.toMatchObject({ code: 'cli.backup_write' });
  });

  it('needs no more memory for a file of any size', async () => {
    const large = join(dataFolder, 'templates', 'large.bin');
    await writeFile(large, '');
    await truncate(large, 200 * 1024 * 1024);
    let most = 0;
    const look = () => {
      most = Math.max(most, process.memoryUsage.rss());
    };
    const before = process.memoryUsage.rss();
    const watching = setInterval(look, 5);
    try {
      const from = await backUp('large.tar.gz');
      await (await openBackupSource(from)).check();
    } finally {
      clearInterval(watching);
      await rm(large);
    }
    expect(most - before).toBeLessThan(100 * 1024 * 1024);
  });
});

describe('a damaged backup', () => {
  const damaged = (from: string, code: string, where?: string) =>
    expect(readBackup({ from, dataFolder: join(base, 'refused'), clock })).rejects.toMatchObject({
      code,
      ...(where === undefined ? {} : { details: { where } }),
    });

  it('in a folder is refused with the name of the file; nothing is restored', async () => {
    const from = await backUp('damaged');
    const manifest = join(from, 'manifest.json');
    const text = await readFile(manifest, 'utf8');
    const batch = Object.keys(await filesOf(from)).find((path) => path.endsWith('.ndjson') && path !== 'store.ndjson')!;
    const whole = await readFile(join(from, batch));
    await truncate(join(from, batch), whole.length - 1);
    await damaged(from, 'cli.backup_damaged', batch);
    await writeFile(join(from, batch), turned(whole, 10));
    await damaged(from, 'cli.backup_damaged', batch);
    await rm(join(from, batch));
    await damaged(from, 'cli.backup_damaged', batch);
    await writeFile(join(from, batch), whole);
    await rm(manifest);
    await damaged(from, 'cli.backup_unreadable');
    await writeFile(manifest, text.replace(batch, 'files/../../outside.ndjson'));
    await damaged(from, 'cli.backup_unreadable');
    await writeFile(manifest, text);
    expect(existsSync(join(base, 'refused'))).toBe(false);
    await mkdir(join(base, 'taken'));
    await writeFile(join(base, 'taken', 'mine.txt'), 'mine');
    await expect(readBackup({ from, dataFolder: join(base, 'taken'), clock })).rejects.toMatchObject({
      code: 'cli.folder_not_empty',
    });
    expect(await readdir(join(base, 'taken'))).toEqual(['mine.txt']);
  });

  it('in one file is refused with the name of the entry', async () => {
    const from = await backUp('named.tar');
    const whole = await readFile(from);
    const text = '"zoneCode":"z1-1000"';
    const at = whole.indexOf(text);
    expect(at).toBeGreaterThan(0);
    const manifest = JSON.parse(await readFile(join(await backUp('named'), 'manifest.json'), 'utf8')) as {
      files: { path: string }[];
    };
    const batch = manifest.files.find(({ path }) => /zone.*0002-.*ndjson$/.test(path))!.path;
    await writeFile(from, turned(whole, at));
    await damaged(from, 'cli.backup_damaged', batch);
    await writeFile(from, whole.subarray(0, at));
    await damaged(from, 'cli.backup_damaged', batch);
    const doubled = join(base, 'twice.tar');
    await writeFile(doubled, Buffer.concat([whole.subarray(0, whole.length - 1_024), whole]));
    await damaged(doubled, 'cli.backup_damaged', 'store.ndjson');
    await writeFile(from, 'no archive at all');
    await damaged(from, 'cli.backup_unreadable');
    await writeFile(from, '');
    await damaged(from, 'cli.backup_unreadable');
    await damaged(join(base, 'not-there.tar'), 'cli.backup_unreadable');
    expect(existsSync(join(base, 'refused'))).toBe(false);
  });

  it.each(['fuzzed.tar', 'fuzzed.tar.gz'])('(%s) wherever it is damaged, is refused or complete', async (name) => {
    const from = await backUp(name);
    const whole = await readFile(from);
    const good = await (await openBackupSource(from)).check();
    const places = fc.nat({ max: whole.length - 1 });
    await fc.assert(
      fc.asyncProperty(places, fc.boolean(), async (at, cut) => {
        await writeFile(from, cut ? whole.subarray(0, at) : turned(whole, at));
        const found = await (await openBackupSource(from)).check().catch((error: unknown) => {
          expect(error).toMatchObject({ code: expect.stringMatching(/^cli\.backup_(damaged|unreadable)$/) });
          return null;
        });
        // A byte of the manifest that describes no file, or one between the entries.
        if (found !== null) expect(found.files).toEqual(good.files);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a disk that takes no more while a backup is written', () => {
  it.runIf(process.platform === 'linux').each(['full.tar', 'no-room'])('(%s) leaves nothing behind', async (name) => {
    const large = join(dataFolder, 'templates', 'too-large.bin');
    await writeFile(large, '');
    await truncate(large, 3_000_000);
    limitFiles('1000000');
    try {
      await expect(backUp(name)).rejects.toMatchObject({ code: 'cli.backup_write' });
      expect((await readdir(base)).filter((each) => each.startsWith(name))).toEqual([]);
    } finally {
      limitFiles('unlimited');
      await rm(large);
    }
    expect(existsSync(await backUp(name))).toBe(true);
  });
});

/** Files that this process writes from now on end at this size with EFBIG: what a quota or a full disk does, for any user. */
function limitFiles(bytes: string): void {
  const { status } = spawnSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]);
  expect(status).toBe(0);
}

function turned(whole: Buffer, at: number): Buffer {
  const copy = Buffer.from(whole);
  copy[at]! ^= 1;
  return copy;
}
