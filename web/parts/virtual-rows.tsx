import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useRef } from 'react';

/**
 * A table of which only the rows in sight are drawn; thousands scroll as lightly as ten.
 *
 * @param row the cells of one row, as `<td>` elements
 */
export function VirtualRows<Item>({
  head,
  items,
  keyOf,
  row,
  columns,
  maxHeight = 'calc(100vh - 190px)',
}: {
  head: ReactNode;
  items: readonly Item[];
  keyOf: (item: Item) => string;
  row: (item: Item) => ReactNode;
  columns: number;
  maxHeight?: string;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 45,
    overscan: 12,
    getItemKey: (index) => keyOf(items[index]!),
  });
  const shown = virtual.getVirtualItems();
  const before = shown[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
  return (
    <div className="card flush">
      <div ref={scroller} style={{ overflow: 'auto', maxHeight, minHeight: 200 }}>
        <table className="plain sticky" aria-rowcount={items.length + 1}>
          <thead>{head}</thead>
          <tbody>
            {before > 0 && <Gap height={before} columns={columns} />}
            {shown.map((entry) => (
              <tr key={entry.key} data-index={entry.index} ref={virtual.measureElement} aria-rowindex={entry.index + 2}>
                {row(items[entry.index]!)}
              </tr>
            ))}
            {after > 0 && <Gap height={after} columns={columns} />}
          </tbody>
        </table>
      </div>
    </div>
  );
}

/** Room for the rows that are not drawn. */
function Gap({ height, columns }: { height: number; columns: number }) {
  return (
    <tr>
      <td colSpan={columns} style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}
