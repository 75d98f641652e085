import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runDemo } from '../../cli/demo/run-demo.ts';
import { loadCatalogue } from '../../core/index.ts';
import { layoutDifferences, layoutOptions, loadTemplates } from '../../templates/index.ts';

it(
  'does the main job from sources to finished forms, loses nothing, and asks nothing twice',
  async () => {
    const out = await mkdtemp(join(tmpdir(), 'fillonce-demo-'));
    try {
      const summary = await runDemo({
        seed: 7,
        scale: 0.02,
        out,
        dataFolder: join(out, 'data'),
        say: () => {},
        signal: new AbortController().signal,
      });
      expect(summary.themes).toHaveLength(8);
      expect(summary.themes.every(({ records }) => records > 0)).toBe(true);
      expect(summary.lost).toBe(0);
      expect(summary.reasked).toBe(0);
      expect(summary.coverage).toBeGreaterThanOrEqual(0.85);
      expect(summary.reports.map(({ report }) => report)).toEqual([
        'vacant-group-rental',
        'population-statistics',
        'enterprise-tax-quarter',
      ]);
      const templates = loadTemplates({ catalogue: loadCatalogue() });
      for (const { report, file } of summary.reports) {
        expect(existsSync(file)).toBe(true);
        const template = templates.get(report);
        expect(await layoutDifferences(template.file, file, layoutOptions(template.binding))).toEqual([]);
      }
    } finally {
      await rm(out, { recursive: true, force: true });
    }
  },
  10 * 60_000,
);
