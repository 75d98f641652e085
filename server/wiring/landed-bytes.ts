import type { Landing } from '../../warehouse/index.ts';

interface Dataset {
  readonly source: string;
  readonly dataset: string;
}

/**
 * Bytes of each dataset in landing, by `<source>.<dataset>`. Batches never change, so each call reads only the manifests that came
 * since the one before.
 */
export function createLandedBytes(
  landing: Pick<Landing, 'manifests'> | undefined,
  datasets: readonly Dataset[],
): () => Promise<ReadonlyMap<string, number>> {
  const bytes = new Map<string, number>();
  const through = new Map<string, number>();
  let running: Promise<ReadonlyMap<string, number>> | null = null;

  async function read(from: Pick<Landing, 'manifests'>): Promise<ReadonlyMap<string, number>> {
    for (const { source, dataset } of datasets) {
      const name = `${source}.${dataset}`;
      for await (const batch of from.manifests({ source, dataset, afterSeq: through.get(name) ?? 0 })) {
        bytes.set(name, (bytes.get(name) ?? 0) + batch.bytes);
        through.set(name, batch.seq);
      }
    }
    return new Map(bytes);
  }

  return () => {
    if (!landing) return Promise.resolve(bytes);
    // Two readers at once would count a batch twice.
    running ??= read(landing).finally(() => {
      running = null;
    });
    return running;
  };
}
