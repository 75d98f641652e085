import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createConnector } from '../../connectors/create-connector.ts';
import { datasetNames, isPulled, paceOf, parseSources } from '../../connectors/source-config.ts';
import { systemClock } from '../../core/clock.ts';
import { packageRoot } from '../../core/paths.ts';

const example = readFileSync(join(packageRoot(), 'connectors', 'sources.example.yaml'), 'utf8');
const variables = [...example.matchAll(/env:(\w+)/g)].map((match) => match[1]!).filter((name) => name !== 'NAME');
const env = Object.fromEntries(
  variables.map((name) => [name, /URL|DATABASE/.test(name) ? `http://${name.toLowerCase()}:1` : `secret-${name}`]),
);

test('the example names every source and gives a connector for each that is asked', () => {
  const sources = parseSources(example, env);
  expect(new Set(sources.map((source) => source.name))).toEqual(
    new Set(['grid', 'civil', 'housing', 'tax', 'market', 'police', 'parking', 'signal', 'camera']),
  );
  expect(sources.flatMap(datasetNames).length).toBe(26);
  for (const source of sources.filter(isPulled)) {
    const connector = createConnector(source, {
      clock: systemClock,
      random: Math.random,
      files: { keep: () => Promise.reject(new Error('unused')) },
      readXlsxRows: () => {
        throw new Error('unused');
      },
      fileLayout: () => ({ kind: 'csv', encoding: 'utf-8', pattern: '*.csv', headerContains: [] }),
    });
    expect(connector.pull).toBeTypeOf('function');
  }
});

test('durations, limits and secrets are read', () => {
  const [grid] = parseSources(example, env);
  expect(grid).toMatchObject({ every: 300_000, clientSecret: 'secret-GRID_CLIENT_SECRET' });
  expect(paceOf(grid!)).toMatchObject({ pageRecords: 2000, requestMs: 30_000 });
  const signal = parseSources(example, env).find((source) => source.protocol === 'http-bins');
  expect(signal).toMatchObject({ headers: { Authorization: 'Bearer secret-SIGNAL_TOKEN' } });
});

test('every variable that is not set is named at once', () => {
  expect(() => parseSources(example, { ...env, GRID_URL: undefined, INBOX: '' })).toThrow(/not set: GRID_URL, INBOX/);
});

test.each([
  ['a wrong duration', (text: string) => text.replace('every: 5m', 'every: soon'), /sources.0.every/],
  ['a table that is none', (text: string) => text.replace('civil.person', 'civil.person; drop'), /sources.1.datasets/],
  ['an unknown protocol', (text: string) => text.replace('http-paging', 'gopher'), /sources.0.protocol/],
  ['a dataset twice', (text: string) => text.replace('dataset: passage', 'dataset: lot'), /parking.lot is named twice/],
  ['a wrong key', (text: string) => text.replace('inbox:', 'inboxes:'), /inbox/],
  ['no YAML', () => 'sources: [', /sources.yaml/],
])('%s is named', (_, change, message) => {
  expect(() => parseSources(change(example), env)).toThrow(message);
});

test('no message holds a secret', () => {
  try {
    parseSources(example.replaceAll('every: 5m', 'every: 1'), env);
    expect.unreachable();
  } catch (error) {
    expect(JSON.stringify(error)).not.toContain('secret-');
  }
});
