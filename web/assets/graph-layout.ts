import type { AssetKind } from '../api-types.ts';

/** What a graph is drawn from. */
export interface GraphNode {
  readonly key: string;
  readonly kind: AssetKind;
  readonly deps: readonly string[];
}

export interface PlacedNode<Node extends GraphNode> {
  readonly node: Node;
  readonly x: number;
  readonly y: number;
}

export interface GraphLayout<Node extends GraphNode> {
  readonly nodes: readonly PlacedNode<Node>[];
  /** From what is made to what it is made from, as SVG paths. */
  readonly edges: readonly { readonly from: string; readonly to: string; readonly path: string }[];
  readonly width: number;
  readonly height: number;
}

export const LAYERS: readonly AssetKind[] = ['landing', 'staged', 'golden', 'mart', 'publication'];
export const NODE = { width: 184, height: 34 } as const;
const GAP = { x: 44, y: 8 } as const;
const TOP = 36;

/**
 * Places assets in layers from left to right. Within a layer they stand near what they are made from (a few sweeps of the
 * barycentre heuristic), so that edges cross little; each layer is centred.
 */
export function layoutGraph<Node extends GraphNode>(nodes: readonly Node[]): GraphLayout<Node> {
  const known = new Set(nodes.map(({ key }) => key));
  const layers = LAYERS.map((kind) => nodes.filter((node) => node.kind === kind)).filter((layer) => layer.length > 0);
  const neighbours = new Map<string, string[]>(nodes.map(({ key }) => [key, []]));
  for (const { key, deps } of nodes) {
    for (const dep of deps.filter((one) => known.has(one))) {
      neighbours.get(key)!.push(dep);
      neighbours.get(dep)!.push(key);
    }
  }
  const place = new Map<string, number>();
  const settle = (layer: readonly Node[]) => {
    for (const [i, { key }] of layer.entries()) place.set(key, (i + 0.5) / layer.length);
  };
  for (const layer of layers) settle(layer);
  for (let sweep = 0; sweep < 6; sweep++) {
    for (const layer of sweep % 2 === 0 ? layers : [...layers].reverse()) {
      const mean = new Map(layer.map(({ key }) => [key, meanOf(neighbours.get(key)!, place) ?? place.get(key)!]));
      layer.sort((a, b) => mean.get(a.key)! - mean.get(b.key)!);
      settle(layer);
    }
  }
  const tallest = Math.max(0, ...layers.map((layer) => layer.length));
  const height = TOP + tallest * (NODE.height + GAP.y);
  const placed = layers.flatMap((layer, column) => {
    const free = (tallest - layer.length) * (NODE.height + GAP.y);
    return layer.map((node, row) => ({
      node,
      x: column * (NODE.width + GAP.x),
      y: TOP + free / 2 + row * (NODE.height + GAP.y),
    }));
  });
  const at = new Map(placed.map((one) => [one.node.key, one]));
  const edges = placed.flatMap(({ node, x, y }) =>
    node.deps.flatMap((dep) => {
      const start = at.get(dep);
      if (!start) return [];
      const [x1, y1] = [start.x + NODE.width, start.y + NODE.height / 2];
      const [x2, y2] = [x, y + NODE.height / 2];
      // Assets of one layer (a mart made of a mart) are joined by a bow to the right.
      const path =
        x2 > x1
          ? `M${x1},${y1} C${x1 + GAP.x * 0.6},${y1} ${x2 - GAP.x * 0.6},${y2} ${x2},${y2}`
          : `M${x1},${y1} C${x1 + 40},${y1} ${x + NODE.width + 40},${y2} ${x + NODE.width},${y2}`;
      return [{ from: dep, to: node.key, path }];
    }),
  );
  return { nodes: placed, edges, width: Math.max(1, layers.length) * (NODE.width + GAP.x) - GAP.x + 1, height };
}

/** A node and all that leads to it or follows from it. */
export function related(nodes: readonly GraphNode[], key: string): ReadonlySet<string> {
  const deps = new Map(nodes.map((node) => [node.key, node.deps]));
  const after = new Map<string, string[]>();
  for (const node of nodes) for (const dep of node.deps) after.set(dep, [...(after.get(dep) ?? []), node.key]);
  const found = new Set([key]);
  const walk = (next: (of: string) => readonly string[]) => {
    const seen = new Set([key]);
    const queue = [key];
    for (let of = queue.pop(); of !== undefined; of = queue.pop()) {
      for (const one of next(of)) {
        if (seen.has(one)) continue;
        seen.add(one);
        found.add(one);
        queue.push(one);
      }
    }
  };
  walk((of) => deps.get(of) ?? []);
  walk((of) => after.get(of) ?? []);
  return found;
}

function meanOf(keys: readonly string[], place: ReadonlyMap<string, number>): number | null {
  const known = keys.flatMap((key) => place.get(key) ?? []);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
