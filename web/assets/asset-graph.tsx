import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { AssetSummary } from '../api-types.ts';
import { grouped } from '../parts/times.ts';
import { said } from '../texts/i18n.ts';
import { LAYERS, layoutGraph, NODE, related } from './graph-layout.ts';

/** The assets in layers with what is made of what; a click focuses one, a second click leaves it. */
export function AssetGraph({
  assets,
  focus,
  onFocus,
}: {
  assets: readonly AssetSummary[];
  focus: string | null;
  onFocus: (key: string | null) => void;
}) {
  const { t } = useTranslation();
  const shown = useMemo(() => {
    if (focus === null) return assets;
    const keep = related(assets, focus);
    return assets.filter(({ key }) => keep.has(key));
  }, [assets, focus]);
  const { nodes, edges, width, height } = useMemo(() => layoutGraph(shown), [shown]);
  const layers = LAYERS.filter((kind) => nodes.some(({ node }) => node.kind === kind));
  const columnOf = new Map(nodes.map(({ node, x }) => [node.kind, x]));
  return (
    <div className="asset-graph">
      <div style={{ position: 'relative', width, height }}>
        <svg width={width} height={height} aria-hidden="true">
          {edges.map(({ from, to, path }) => (
            <path key={`${from} ${to}`} d={path} className={from === focus || to === focus ? 'near' : undefined} />
          ))}
        </svg>
        {layers.map((kind) => (
          <h3 key={kind} style={{ left: columnOf.get(kind), width: NODE.width }}>
            {t(`assets.kinds.${kind}`)}
          </h3>
        ))}
        {nodes.map(({ node, x, y }) => (
          <button
            key={node.key}
            type="button"
            className={`asset-node ${node.freshness.state}${node.key === focus ? ' on' : ''}${node.checks.fail > 0 || node.lastRun?.state === 'failed' ? ' failing' : ''}`}
            style={{ left: x, top: y, width: NODE.width, height: NODE.height }}
            title={`${node.key} · ${t(`assets.freshness.${node.freshness.state}`)}`}
            aria-pressed={node.key === focus}
            onClick={() => onFocus(node.key === focus ? null : node.key)}
          >
            <span>{said(node.title)}</span>
            {node.rows !== null && <small>{grouped(node.rows)}</small>}
          </button>
        ))}
      </div>
    </div>
  );
}
