import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { virtualClock } from '../../core/index.ts';
import { addToOutbox, signIncident } from '../../store/index.ts';
import { type Client, signIn } from './client.ts';
import { type Office, openOffice } from './office.ts';
import { OFFICE } from './records.ts';

interface Listener {
  /** The next frames that arrive, up to and including one that holds the text. */
  until(text: string): Promise<string>;
  stop(): Promise<void>;
}

async function listen(client: Client, lastEventId?: string): Promise<Listener> {
  const response = await client.request(
    '/api/events',
    lastEventId ? { headers: { 'Last-Event-ID': lastEventId } } : {},
  );
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let heard = '';
  return {
    until: async (text) => {
      while (!heard.includes(text)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`The stream ended after: ${heard}`);
        heard += decoder.decode(value);
      }
      const all = heard;
      heard = '';
      return all;
    },
    stop: () => reader.cancel(),
  };
}

describe('live updates', () => {
  const clock = virtualClock(new Date('2026-11-22T01:30:00Z'));
  let office: Office;
  beforeAll(async () => {
    office = await openOffice({ clock, dwellings: 0 });
  });
  afterAll(() => office?.close());

  const say = (subject: string, org: string | null, type: 'task' | 'incident' | 'source' = 'task') =>
    office.announce({ type, subject, org, theme: null, data: {} });

  it('reach those whose scope they lie in, and nobody else', async () => {
    const clerk = await listen(await signIn(office.server, 'clerk'));
    await clerk.until('retry');
    say('of-the-other-community', `${OFFICE}/c06`);
    say('a-source', null, 'source');
    say('an-incident', `${OFFICE}/c05`, 'incident');
    say('of-mine', `${OFFICE}/c05`);
    const heard = await clerk.until('of-mine');
    expect(heard).not.toMatch(/other-community|a-source|an-incident/);
    await clerk.stop();
  });

  it('are told again to one who comes back, from where he stopped', async () => {
    const client = await signIn(office.server, 'reviewer');
    const first = await listen(client);
    await first.until('retry');
    say('one', OFFICE);
    const id = /id: (\d+)/.exec(await first.until('one'))![1]!;
    await first.stop();
    say('two', OFFICE);
    say('three', OFFICE);
    const again = await listen(client, id);
    const heard = await again.until('three');
    expect(heard).toMatch(/two/);
    expect(heard).not.toMatch(/"one"|resync/);
    await again.stop();
  });

  it('say that something was missed when that is so', async () => {
    const client = await signIn(office.server, 'reviewer');
    const listener = await listen(client, '12');
    expect(await listener.until('resync')).toContain('event: resync');
    await listener.stop();
  });

  it('keep a bounded queue for one who does not read', async () => {
    const slow = await listen(await signIn(office.server, 'reviewer'));
    await slow.until('retry');
    for (let i = 0; i < 400; i++) say(`burst-${i}`, OFFICE);
    const heard = await slow.until('resync');
    expect(heard.split('event: task').length).toBeLessThan(300);
    await slow.stop();
  });

  it('beat, and end with the session', async () => {
    const client = await signIn(office.server, 'leader');
    const listener = await listen(client);
    await listener.until('retry');
    await clock.advance(15_000);
    await listener.until(': still here');
    await client.request('/api/session', { method: 'DELETE' });
    await clock.advance(15_000);
    await expect(listener.until('never')).rejects.toThrow(/ended/);
  });

  it('carry what other parts wrote into the outbox, once', async () => {
    const listener = await listen(await signIn(office.server, 'reviewer'));
    await listener.until('retry');
    await office.store.system.transaction((tx) =>
      addToOutbox(tx, 'events', 'campaign_1', {
        type: 'campaign',
        subject: 'campaign_1',
        org: OFFICE,
        theme: 'housing',
        data: { change: 'issued' },
      }),
    );
    expect(await office.relay.poll()).toBe(1);
    expect(await office.relay.poll()).toBe(0);
    expect(await listener.until('campaign_1')).toContain('"change":"issued"');
    await listener.stop();
  });
});

describe('an incident', () => {
  const clock = virtualClock(new Date('2026-11-22T01:30:00Z'));
  let office: Office;
  beforeAll(async () => {
    office = await openOffice({ clock, dwellings: 0 });
  });
  afterAll(() => office?.close());

  const sign = (subject: string, ring: string, value: number) =>
    office.store.system.transaction((tx) =>
      signIncident(tx, {
        rule: 'crowd.headcount',
        subject,
        orgPath: `${OFFICE}/c06/g01`,
        ring,
        title: { zh: '滨江广场人数超限', en: 'Riverside square over its limit' },
        detail: { kind: 'opened', value, threshold: 4800 },
        dedupeKey: `${subject}-${value}`,
        at: clock.now(),
      }),
    );

  it('is shown to the duty officer with its next step, gravest first, and moves on as he acts', async () => {
    await sign('zone-1', 'warning', 4900);
    await sign('zone-2', 'core', 5600);
    const duty = await signIn(office.server, 'duty');
    const list = await duty.get<{ items: { id: string; ring: string; value: number; nextStep: { zh: string } }[] }>(
      '/api/incidents?open=true',
    );
    expect(list.body.items.map((item) => item.ring)).toEqual(['core', 'warning']);
    const { id, value, nextStep } = list.body.items[0]!;
    expect(value).toBe(5600);
    expect(nextStep.zh).not.toBe('');

    for (const [action, state] of [
      ['acknowledge', 'acknowledged'],
      ['dispatch', 'dispatched'],
      ['resolve', 'resolved'],
    ]) {
      await clock.advance(60_000);
      const done = await duty.post(`/api/incidents/${id}/${action}`, {
        note: `${action} 备注`,
        clientOpId: `op-${action}`,
      });
      expect(done.status).toBe(200);
      const { body } = await duty.get<{ state: string; history: { by: string; action: string; note: string }[] }>(
        `/api/incidents/${id}`,
      );
      expect(body.state).toBe(state);
      expect(body.history.at(-1)).toMatchObject({ by: '周强', action, note: `${action} 备注` });
    }
    const open = await duty.get<{ total: number }>('/api/incidents?open=true');
    expect(open.body.total).toBe(1);
  });

  it('can be seen, not handled, by the leader', async () => {
    const leader = await signIn(office.server, 'leader');
    const { body } = await leader.get<{ items: { id: string }[] }>('/api/incidents?open=true');
    const { status } = await leader.post(`/api/incidents/${body.items[0]!.id}/resolve`, { clientOpId: 'op-leader' });
    expect(status).toBe(403);
  });
});
