import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../core/paths.ts';

/** What each folder may import, as in docs/architecture.md. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  store: ['core'],
  connectors: ['core'],
  warehouse: ['core', 'store', 'connectors'],
  templates: ['core'],
  reports: ['core', 'store', 'warehouse', 'templates'],
  analytics: ['core', 'store', 'warehouse'],
  workflows: ['core', 'store', 'connectors', 'warehouse', 'templates', 'reports', 'analytics'],
  server: ['core', 'store', 'connectors', 'warehouse', 'templates', 'reports', 'analytics', 'workflows'],
  web: [],
  city: ['core'],
  cli: [
    'core',
    'store',
    'connectors',
    'warehouse',
    'templates',
    'reports',
    'analytics',
    'workflows',
    'server',
    'city',
    'bench',
  ],
  bench: [
    'core',
    'store',
    'connectors',
    'warehouse',
    'templates',
    'reports',
    'analytics',
    'workflows',
    'server',
    'city',
    'cli',
  ],
};

const root = packageRoot();

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx)$/.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name));
}

function importsOf(file: string): { specifier: string; typeOnly: boolean }[] {
  const text = readFileSync(file, 'utf8');
  const pattern =
    /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [...text.matchAll(pattern)].map((match) => ({
    specifier: match[3] ?? match[4] ?? '',
    typeOnly: match[2] !== undefined,
  }));
}

describe('the house', () => {
  for (const [folder, allowed] of Object.entries(MAY_IMPORT)) {
    it(`${folder}/ imports only ${allowed.length === 0 ? 'nothing of the house' : allowed.join(', ')}`, () => {
      const offences: string[] = [];
      for (const file of sources(folder)) {
        for (const { specifier, typeOnly } of importsOf(file)) {
          if (!specifier.startsWith('.')) continue;
          const target = relative(root, resolve(dirname(file), specifier));
          const room = target.split(sep)[0] ?? '';
          if (room === folder || !(room in MAY_IMPORT)) continue;
          const typesOnly = folder === 'warehouse' && room === 'connectors';
          if (!allowed.includes(room) || (typesOnly && !typeOnly)) {
            offences.push(`${relative(root, file)} imports ${target}`);
          }
        }
      }
      expect(offences).toEqual([]);
    });
  }

  it('every module folder has its README and its index', () => {
    const modules = [
      'store',
      'connectors',
      'warehouse',
      'templates',
      'reports',
      'analytics',
      'workflows',
      'server',
      'city',
    ];
    const missing = modules.flatMap((name) =>
      ['README.md', 'index.ts'].map((file) => join(name, file)).filter((file) => !existsSync(join(root, file))),
    );
    expect(missing).toEqual([]);
  });

  it('no file is a drawer', () => {
    const drawers = Object.keys(MAY_IMPORT)
      .flatMap(sources)
      .filter((file) => /(^|[/\\])(utils?|helpers?|manager|common)\.tsx?$/.test(file));
    expect(drawers).toEqual([]);
  });

  // A second or two: the whole house is written and formatted one way, so that a change shows what it changes.
  it('is formatted and linted as biome.json says', { timeout: 60_000 }, () => {
    const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
    const run = spawnSync(process.execPath, [biome, 'check', '.', '--reporter=summary'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(run.status === 0 ? '' : `${run.stdout}${run.stderr}`).toBe('');
  });

  it('workflow code imports activities and modules by type only', () => {
    const bundled = [
      'workflows.ts',
      'backfill.ts',
      'partition.ts',
      'refresh-source.ts',
      'publish-warehouse.ts',
      'serve-tables.ts',
      'campaign.ts',
      'incident.ts',
      'contract.ts',
    ];
    const offences = bundled.flatMap((name) =>
      importsOf(join(root, 'workflows', name))
        .filter(
          ({ specifier, typeOnly }) => !typeOnly && !specifier.startsWith('./') && specifier !== '@temporalio/workflow',
        )
        .map(({ specifier }) => `${name} imports ${specifier}`),
    );
    expect(offences).toEqual([]);
  });
});
