import { FillOnceError } from '../../core/errors.ts';
import { type CheckResult, latestChecks, recordChecks, type Store } from '../../store/index.ts';
import type { PublicationManifest } from '../../warehouse/index.ts';

/** The asset under which outcomes of checks are kept: they are asked of all marts together, before a publication. */
const ASSET = 'publication';

/**
 * Publishes and writes down which checks came out otherwise than the time before, so that the newest row of a check says its outcome
 * and since when.
 *
 * @param checks ids of all checks
 */
export async function noteChecks(
  { store, checks }: { readonly store: Store; readonly checks: readonly string[] },
  publish: () => Promise<PublicationManifest>,
): Promise<PublicationManifest> {
  const note = async (outcomes: readonly CheckResult[]) => {
    await store.system.transaction(async (tx) => {
      const before = new Map((await latestChecks(tx)).map((one) => [one.name, one]));
      const changed = outcomes.filter(({ name, status, measured }) => {
        const last = before.get(name);
        return last?.status !== status || last.measured !== measured;
      });
      await recordChecks(tx, null, changed);
    });
  };
  try {
    const manifest = await publish();
    const warned = new Map(manifest.warnings.map(({ check, rows }) => [check, rows]));
    await note(checks.map((name) => outcome(name, warned.has(name) ? 'warn' : 'pass', warned.get(name) ?? 0)));
    return manifest;
  } catch (error) {
    await note(failedChecks(error).map(({ check, rows }) => outcome(check, 'fail', rows)));
    throw error;
  }
}

/** Without the offending rows: they may be of persons, and who may see outcomes may not see all of them. */
function outcome(name: string, status: CheckResult['status'], measured: number): CheckResult {
  return { asset: ASSET, name, status, measured, detail: {} };
}

interface FailedCheck {
  readonly check: string;
  readonly rows: number;
}

/** What a refused publication names; nothing for other errors. */
function failedChecks(error: unknown): readonly FailedCheck[] {
  if (!(error instanceof FillOnceError) || error.code !== 'warehouse.publication.checks') return [];
  return Array.isArray(error.details.failed) ? (error.details.failed as readonly FailedCheck[]) : [];
}
