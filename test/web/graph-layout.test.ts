import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../core/index.ts';
import { loadDeclared } from '../../warehouse/index.ts';
import { layoutGraph, NODE, related } from '../../web/assets/graph-layout.ts';

describe('the layout of the asset graph', () => {
  const nodes = loadDeclared(loadCatalogue()).assets.assets.map(({ key, kind, deps }) => ({ key, kind, deps }));

  it('places every asset once, none over another, and joins all that are made of each other', () => {
    const { nodes: placed, edges, width, height } = layoutGraph(nodes);
    expect(placed).toHaveLength(nodes.length);
    const taken = new Set(placed.map(({ x, y }) => `${x} ${y}`));
    expect(taken.size).toBe(nodes.length);
    for (const { x, y } of placed) {
      expect(x + NODE.width).toBeLessThanOrEqual(width);
      expect(y + NODE.height).toBeLessThanOrEqual(height);
    }
    expect(edges).toHaveLength(nodes.reduce((sum, { deps }) => sum + deps.length, 0));
    expect(width).toBeLessThanOrEqual(1_120);
  });

  it('leaves out lines to what is not shown', () => {
    const { edges } = layoutGraph(nodes.filter(({ kind }) => kind === 'golden' || kind === 'mart'));
    expect(edges.some(({ from }) => from.startsWith('staged.'))).toBe(false);
  });

  it('knows what leads to an asset and follows from it, but not its siblings', () => {
    const keys = related(nodes, 'golden.tax_month');
    expect(keys).toContain('landing.tax.tax_month');
    expect(keys).toContain('mart.economy.building');
    expect(keys).toContain('publication');
    expect(keys).not.toContain('golden.person');
    expect(keys).not.toContain('staged.housing.space');
  });
});
