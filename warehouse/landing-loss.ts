import { join } from 'node:path';
import type { SqlSession } from './duckdb.ts';
import type { Landing } from './landing.ts';
import { names } from './landing-log.ts';
import { manifestSeq, SEQ_DIGITS } from './landing-manifest.ts';

/** A batch that was in landing once and is not any more. */
export interface MissingBatch {
  /** Its id; of a hole that the ledger does not know, `<source>.<dataset>.<seq>`. */
  readonly batch: string;
  /** How it is known: the `ledger` has it, or later batches of its dataset are there (`hole`). */
  readonly known: 'ledger' | 'hole';
}

/** Batches that the ledger has and landing has not, and holes in landing's sequences; in order of name. */
export async function missingBatches(landing: Landing, sql: SqlSession | null): Promise<readonly MissingBatch[]> {
  const ids = sql === null ? [] : await sql.all<{ id: string }>('SELECT id FROM ledger.batch');
  const found: MissingBatch[] = [];
  for (const { id } of ids) if (!(await landing.manifest(id))) found.push({ batch: id, known: 'ledger' });
  for (const source of await folders(landing.folder)) {
    if (source === 'files') continue;
    for (const dataset of await folders(join(landing.folder, source))) {
      const seqs = new Set(
        (await names(join(landing.folder, source, dataset))).flatMap((name) => manifestSeq(name) ?? []),
      );
      let last = 0;
      for (const seq of seqs) last = Math.max(last, seq);
      for (let seq = 1; seq < last; seq++) {
        const place = `${source}.${dataset}.${String(seq).padStart(SEQ_DIGITS, '0')}`;
        if (seqs.has(seq) || found.some(({ batch }) => batch.startsWith(`${place}.`))) continue;
        found.push({ batch: place, known: 'hole' });
      }
    }
  }
  return found.sort((one, other) => (one.batch < other.batch ? -1 : 1));
}

async function folders(path: string): Promise<string[]> {
  return (await names(path)).filter((name) => /^[a-z][a-z0-9_]*$/.test(name));
}
