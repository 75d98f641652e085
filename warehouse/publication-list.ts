import { stat } from 'node:fs/promises';
import type { PublicationId } from '../core/ids.ts';
import type { PublicationFolder, PublicationManifest, RetentionRule } from './publication-folder.ts';

/** Why a publication is still there. */
export type KeptBecause = 'current' | 'pinned' | 'newest' | 'young' | 'next';

/** One publication with who needs it and for how long it is kept. */
export interface ListedPublication {
  readonly manifest: PublicationManifest;
  readonly pinnedBy: readonly string[];
  readonly kept: KeptBecause;
  /** When its time is up at the earliest, where age alone keeps it. */
  readonly keptUntil: Date | null;
}

/** Publications, newest first, one page of them, and how many there are. */
export async function listPublications(
  folder: PublicationFolder,
  rule: RetentionRule,
  nowMs: number,
  page: { readonly offset: number; readonly limit: number },
): Promise<{ readonly publications: readonly ListedPublication[]; readonly total: number }> {
  const ids = (await folder.list()).reverse();
  const current = await folder.currentId();
  const publications: ListedPublication[] = [];
  for (const [i, id] of ids.entries()) {
    if (i < page.offset || publications.length >= page.limit) continue;
    const listed = await describe(folder, rule, nowMs, { id, place: i, isCurrent: id === current });
    if (listed) publications.push(listed);
  }
  return { publications, total: ids.length };
}

/** Null for one that was retired while the list was made. */
async function describe(
  folder: PublicationFolder,
  rule: RetentionRule,
  nowMs: number,
  { id, place, isCurrent }: { readonly id: PublicationId; readonly place: number; readonly isCurrent: boolean },
): Promise<ListedPublication | null> {
  try {
    const manifest = await folder.manifest(id);
    const pinnedBy = await folder.pins(id);
    const { mtimeMs } = await stat(folder.pathOf(id));
    const until = mtimeMs + rule.keepMs;
    const newest = place < Math.max(2, rule.keep);
    const kept = isCurrent
      ? 'current'
      : pinnedBy.length > 0
        ? 'pinned'
        : newest
          ? 'newest'
          : nowMs < until
            ? 'young'
            : 'next';
    return { manifest, pinnedBy, kept, keptUntil: kept === 'young' ? new Date(until) : null };
  } catch (error) {
    if (error instanceof Error && 'code' in error && /ENOENT|publication\.unknown/.test(String(error.code)))
      return null;
    throw error;
  }
}
