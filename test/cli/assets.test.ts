import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { assetCommands } from '../../cli/assets.ts';
import type { Command } from '../../cli/command.ts';
import { dictionaryCommand } from '../../cli/dictionary.ts';
import { shiftedClock } from '../../core/index.ts';
import { type Office, openOffice, PASSWORD } from '../server/office.ts';

async function run(command: Command, args: readonly string[], options: Record<string, string | boolean> = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const signal = new AbortController().signal;
  const code = await command.run({ args, options, stdout, stderr, signal });
  stdout.end();
  return { code, out: await text(stdout) };
}
const command = (name: string) => assetCommands.find((one) => one.name === `assets ${name}`)!;

describe('fillonce assets', () => {
  const clock = shiftedClock(Date.parse('2026-11-22T01:30:00Z') - Date.now());
  let office: Office;
  let at: { url: string; as: string; json: boolean };
  beforeAll(async () => {
    vi.stubEnv('FILLONCE_PASSWORD', PASSWORD);
    office = await openOffice({ clock });
    const { url } = await office.server.listen({ host: '127.0.0.1', port: 0 });
    at = { url, as: 'admin', json: true };
  }, 60_000);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await office.close();
  });

  it('lists assets of a running platform, shows one and its runs', async () => {
    const { items } = JSON.parse((await run(command('list'), [], at)).out) as { items: { key: string }[] };
    expect(items.length).toBeGreaterThan(80);
    const shown = await run(command('show'), ['mart.housing.dwelling'], { ...at, json: false });
    expect(shown.out).toContain('housing.keys_unique');
    expect(JSON.parse((await run(command('runs'), ['publication'], at)).out)).toEqual({
      asset: 'publication',
      items: [],
    });
    await expect(run(command('show'), ['nothing'], at)).rejects.toMatchObject({ status: 404 });
  });

  it('says what is missing: the password, the platform, the workflows', async () => {
    const order = { ...at, by: 'month', from: '2026-01', to: '2026-02' };
    await expect(run(command('backfill'), ['grid.dwelling'], order)).rejects.toMatchObject({
      code: 'server.backfill.absent',
    });
    await expect(run(command('backfill'), ['grid'], order)).rejects.toMatchObject({ code: 'cli.argument' });
    await expect(run(command('backfill'), ['grid.dwelling'], { ...order, by: 'week' })).rejects.toMatchObject({
      code: 'cli.option',
    });
    await expect(run(command('list'), [], { ...at, url: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'cli.platform_silent',
    });
    vi.stubEnv('FILLONCE_PASSWORD', '');
    await expect(run(command('list'), [], at)).rejects.toMatchObject({ code: 'cli.password_needed' });
    vi.stubEnv('FILLONCE_PASSWORD', PASSWORD);
  });

  it('follows a column without any platform', async () => {
    const { out } = await run(command('lineage'), ['mart.economy.building/tax_12_months']);
    expect(out).toContain('sent      landing.tax.tax_month/税收合计');
    expect(out).toMatch(/→ computed mart\.economy\.building\/tax_12_months\n {4}sum\(total_tax\)/);
    await expect(run(command('lineage'), ['nothing'])).rejects.toMatchObject({ code: 'cli.column_unknown' });
  });
});

describe('fillonce dictionary', () => {
  it('writes the same elements as Markdown, CSV and JSON', async () => {
    const { items } = JSON.parse((await run(dictionaryCommand, [], { json: true })).out) as { items: unknown[] };
    const csv = (await run(dictionaryCommand, [], { format: 'csv' })).out;
    const md = (await run(dictionaryCommand, [], { format: 'md' })).out;
    expect(csv.trim().split('\r\n')).toHaveLength(items.length + 1);
    expect(md.split('\n').filter((line) => line.startsWith('| '))).toHaveLength(items.length + 2);
    await expect(run(dictionaryCommand, [], { format: 'pdf' })).rejects.toMatchObject({ code: 'cli.option' });
  });
});
