import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32, tableCrc32 } from '../../../templates/xlsx/crc32.ts';
import { openZip } from '../../../templates/xlsx/zip-read.ts';
import { createZipWriter } from '../../../templates/xlsx/zip-write.ts';
import { collector } from './collect.ts';

describe('a package that is written and read again', () => {
  it('gives every part back, whatever its size and the pieces it came in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.uint8Array({ maxLength: 3000 }), fc.integer({ min: 1, max: 400 })), { maxLength: 6 }),
        fc.constantFrom(0, 1, 6),
        async (parts, level) => {
          const sink = collector();
          const zip = createZipWriter(sink.stream);
          const contents = parts.map(([bytes, times]) => Buffer.concat(Array.from({ length: times }, () => bytes)));
          for (const [i, content] of contents.entries()) {
            if (i % 2) await zip.addBytes(`部件/${i}.bin`, content, { level });
            else await zip.addStream(`部件/${i}.bin`, slices(content, 70_001), { level });
          }
          const size = await zip.finish();
          expect(sink.bytes().length).toBe(size);
          const archive = await openZip(sink.bytes(), { limits: { ratio: 1e9 } }).catch((error) => {
            if (contents.length === 0) return undefined;
            throw error;
          });
          for (const [i, content] of contents.entries()) {
            expect((await archive!.readBytes(`部件/${i}.bin`)).equals(content)).toBe(true);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('copies compressed bytes untouched', async () => {
    const first = collector();
    const writer = createZipWriter(first.stream);
    await writer.addBytes('a.xml', '<a>甲乙丙</a>'.repeat(500), { level: 9 });
    await writer.addBytes('b.bin', Buffer.from([1, 2, 3]));
    await writer.finish();
    const original = await openZip(first.bytes());
    const second = collector();
    const copy = createZipWriter(second.stream);
    for (const { name } of original.entries) await copy.addRaw(await original.raw(name));
    await copy.finish();
    expect(second.bytes().equals(first.bytes())).toBe(true);
  });

  it('writes the same bytes for the same parts', async () => {
    const write = async () => {
      const sink = collector();
      const zip = createZipWriter(sink.stream);
      await zip.addStream('x', slices(Buffer.alloc(3_000_000, '数据'), 99_991), { level: 6 });
      await zip.finish();
      return sink.bytes();
    };
    expect((await write()).equals(await write())).toBe(true);
  });
});

describe('a target', () => {
  it('that is a file appears under its name only when complete', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fillonce-zip-'));
    try {
      const path = join(folder, 'out.zip');
      const zip = createZipWriter(path);
      await zip.addBytes('a', 'content');
      expect(await readdir(folder)).not.toContain('out.zip');
      await zip.finish();
      expect(await readdir(folder)).toEqual(['out.zip']);
      const fromFile = await openZip(path);
      expect(await fromFile.readText('a')).toBe('content');
      await fromFile.close();

      await writeFile(join(folder, 'kept.zip'), 'old');
      const aborted = createZipWriter(join(folder, 'kept.zip'));
      await aborted.addBytes('a', 'content');
      await aborted.abort(new Error('cancelled'));
      expect((await readdir(folder)).sort()).toEqual(['kept.zip', 'out.zip']);
      expect(await readFile(join(folder, 'kept.zip'), 'utf8')).toBe('old');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('that is slow holds the producer back', async () => {
    let waiting: (() => void) | undefined;
    let taken = 0;
    const slow = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer, _encoding, done) => {
        taken += chunk.length;
        waiting = done;
      },
    });
    let made = 0;
    async function* pieces() {
      for (let i = 0; i < 30; i++) {
        made++;
        yield randomish(512 * 1024, i);
      }
    }
    const zip = createZipWriter(slow);
    const done = zip.addStream('x', pieces(), { level: 1 }).then(() => zip.finish());
    let peak = 0;
    while (!slow.writableFinished) {
      await new Promise((resolve) => setImmediate(resolve));
      peak = Math.max(peak, made - taken / (512 * 1024));
      const go = waiting;
      waiting = undefined;
      go?.();
    }
    await done;
    expect(made).toBe(30);
    expect(peak).toBeLessThan(8);
  });

  it('that fails makes the next write fail with its error', async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk full')) });
    const zip = createZipWriter(broken);
    await expect(
      (async () => {
        await zip.addStream('x', slices(randomish(5_000_000, 1), 100_000), { level: 1 });
        await zip.finish();
      })(),
    ).rejects.toThrow('disk full');
  });
});

it('computes CRC-32 alike with and without the native function', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => crc32(b, crc32(a)) === tableCrc32(b, tableCrc32(a))),
  );
  expect(tableCrc32(Buffer.from('123456789'))).toBe(0xcbf43926);
});

function* slices(bytes: Buffer, length: number) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

function randomish(length: number, seed: number): Buffer {
  const words = new Uint32Array(length / 4);
  let x = seed + 1;
  for (let i = 0; i < words.length; i++) words[i] = x = (Math.imul(x, 1664525) + 1013904223) | 0;
  return Buffer.from(words.buffer);
}
