import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { virtualClock } from '../../core/index.ts';
import { type Client, clientOf } from './client.ts';
import { type Office, openOffice } from './office.ts';

const PAGE = '<!doctype html><title>一次填报</title>';
const SCRIPT = 'export const answer = 42;'.repeat(100);

describe('the server, to machines and browsers', () => {
  let folder: string;
  let office: Office;
  let url: string;
  let client: Client;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fillonce-web-'));
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), PAGE);
    await writeFile(join(folder, 'assets', 'app-1a2b.js'), SCRIPT);
    await writeFile(join(folder, 'assets', 'app-1a2b.js.br'), brotliCompressSync(SCRIPT));
    const clock = virtualClock(new Date('2026-11-22T01:30:00Z'));
    office = await openOffice({ clock, dwellings: 0, server: { webFolder: folder } });
    ({ url } = await office.server.listen({ host: '127.0.0.1', port: 0 }));
    client = clientOf(office.server);
  });
  afterAll(async () => {
    await office.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is alive and ready, and counts what it does', async () => {
    expect((await client.get('/healthz')).body).toEqual({ ok: true, version: '0.0.0-test' });
    expect((await client.get('/readyz')).body).toEqual({ ok: true, checks: [{ name: 'store', ok: true }] });
    await client.get('/api/tasks/some-id');
    const metrics = await (await client.request('/metrics')).text();
    expect(metrics).toMatch(
      /fillonce_http_request_seconds_count\{method="GET",route="\/api\/tasks\/:id",status="401"\} 1/,
    );
    expect(metrics).not.toContain('some-id');
  });

  it('serves the page for every screen, and files under their names for ever', async () => {
    for (const path of ['/', '/tasks', '/tasks/task_1', '/data/housing/dwelling']) {
      const response = await fetch(`${url}${path}`);
      expect(await response.text()).toBe(PAGE);
      expect(response.headers.get('Cache-Control')).toBe('no-cache');
      expect(response.headers.get('Content-Security-Policy')).toContain("default-src 'self'");
    }
    const script = await fetch(`${url}/assets/app-1a2b.js`, { headers: { 'Accept-Encoding': 'br' } });
    expect(script.headers.get('Content-Encoding')).toBe('br');
    expect(script.headers.get('Cache-Control')).toContain('immutable');
    expect(await script.text()).toBe(SCRIPT);
  });

  it('gives away nothing beside its files', async () => {
    expect((await fetch(`${url}/assets/gone-0000.js`)).status).toBe(404);
    for (const path of [
      '/assets/..%2f..%2fpackage.json',
      '/assets/%2e%2e/%2e%2e/etc/passwd',
      '/..%2f..%2fetc/passwd',
    ]) {
      expect(await (await fetch(`${url}${path}`)).text()).not.toMatch(/root:|"dependencies"/);
    }
  });

  it('answers in words and one shape when something is wrong', async () => {
    const missing = await client.get('/api/nothing-here');
    expect(missing).toMatchObject({
      status: 404,
      body: { code: 'server.missing', message: { zh: expect.any(String) } },
    });
    const broken = await client.request('/api/session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"login":',
    });
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ code: 'server.invalid', retryable: false });
    const large = await client.request('/api/session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ login: 'x'.repeat(3_000_000), password: 'y' }),
    });
    expect(large.status).toBe(413);
    expect((await client.post('/hooks/nobody', {})).status).toBe(404);
  });
});
