import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FillOnceError, virtualClock } from '../../core/index.ts';
import { createUploads, type Uploads } from '../../server/upload.ts';

describe('an upload', () => {
  let folder: string;
  let uploads: Uploads;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fillonce-upload-'));
    uploads = createUploads({
      folder,
      clock: virtualClock(new Date('2026-11-22T01:00:00Z')),
      limitBytes: 1_000,
      concurrent: 1,
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const post = (body: string | ReadableStream<Uint8Array> | null) =>
    new Request('http://office.test/', { method: 'POST', body, duplex: 'half' } as RequestInit);
  const chunks = (count: number) =>
    new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (let i = 0; i < count; i++) controller.enqueue(new Uint8Array(100));
        controller.close();
      },
    });
  const codeOf = (error: unknown) => (error instanceof FillOnceError ? error.code : error);

  it('lies in a file while it is used, and is gone afterwards', async () => {
    const size = await uploads.received(post('表格'), async (path) => (await readFile(path)).byteLength);
    expect(size).toBe(6);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is cut off above the limit, though it hides its size', async () => {
    const failure = await uploads.received(post(chunks(11)), async () => 'read').catch(codeOf);
    expect(failure).toBe('server.size');
    expect(await readdir(folder)).toEqual([]);
  });

  it('is refused when it is empty, or too many are under way', async () => {
    expect(await uploads.received(post(null), async () => 'read').catch(codeOf)).toBe('server.invalid');
    const both = await uploads.received(post('a'), () => uploads.received(post('b'), async () => 'read').catch(codeOf));
    expect(both).toBe('server.busy');
  });
});
