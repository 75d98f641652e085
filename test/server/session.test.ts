import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { virtualClock } from '../../core/index.ts';
import { clientOf, signIn } from './client.ts';
import { type Office, openOffice, PASSWORD } from './office.ts';

describe('a session', () => {
  const clock = virtualClock(new Date('2026-11-22T01:30:00Z'));
  let office: Office;
  beforeAll(async () => {
    office = await openOffice({ clock, dwellings: 0 });
  });
  afterAll(() => office?.close());

  const tryToSignIn = (login: string, password: string) =>
    clientOf(office.server).post<{ code: string; details: { waitSeconds?: number } }>('/api/session', {
      login,
      password,
    });

  it('tells who is signed in and what they may do', async () => {
    const clerk = await signIn(office.server, 'clerk');
    const { body } = await clerk.get<{ scopeName: string; actions: string[] }>('/api/me');
    expect(body).toMatchObject({ login: 'clerk', name: '王芳', roles: ['clerk'], scopeName: '春晓居民区' });
    expect(body.actions).toEqual(['campaign.read', 'task.answer', 'mart.read']);
  });

  it('keeps its token from scripts and other sites', async () => {
    const response = await clientOf(office.server).request('/api/session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ login: 'clerk', password: PASSWORD }),
    });
    expect(response.headers.get('Set-Cookie')).toMatch(/HttpOnly/);
    expect(response.headers.get('Set-Cookie')).toMatch(/SameSite=Lax/);
  });

  it('is gone after signing out', async () => {
    const clerk = await signIn(office.server, 'clerk');
    expect((await clerk.request('/api/session', { method: 'DELETE' })).status).toBe(200);
    expect((await clerk.get('/api/me')).status).toBe(401);
  });

  it('ends by itself', async () => {
    const clerk = await signIn(office.server, 'clerk');
    await clock.advance(13 * 3_600_000);
    expect((await clerk.get('/api/me')).status).toBe(401);
    expect((await clerk.get<{ me: unknown }>('/api/session')).body.me).toBeNull();
  });

  it('is refused alike for an unknown login and a wrong password', async () => {
    const unknown = await tryToSignIn('nobody', 'whatever');
    const wrong = await tryToSignIn('clerk', 'whatever');
    expect(unknown.status).toBe(401);
    expect(unknown.body).toEqual(wrong.body);
  });

  it('is refused for a while after too many attempts, then possible again', async () => {
    for (let i = 0; i < 12; i++) await tryToSignIn(`guess-${i}`, 'x');
    const refused = await tryToSignIn('reviewer', PASSWORD);
    expect(refused).toMatchObject({ status: 429, body: { code: 'server.session.attempts' } });
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
    await clock.advance(11 * 60_000);
    expect((await tryToSignIn('reviewer', PASSWORD)).status).toBe(200);
  });

  it('writes only for our own pages: a request without X-Requested-With is refused', async () => {
    const response = await office.server.fetch(
      new Request('http://office.test/api/session', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ login: 'clerk', password: PASSWORD }),
      }),
    );
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'server.foreign' });
  });
});
