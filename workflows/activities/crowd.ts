import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import {
  type CarrierCount,
  type CrowdTransition,
  type CrowdZone,
  createCrowdRule,
  readCrowdState,
} from '../../analytics/index.ts';
import type { Clock } from '../../core/index.ts';
import type { Warehouse } from '../../warehouse/index.ts';

/**
 * Runs the crowd rule over newly staged headcounts. What the rule remembers lies in one file beside its last answer, replaced in one
 * step: an activity that is tried again for the same batches gives the same answer instead of none.
 */
export function createCrowdEvaluation(deps: {
  readonly warehouse: Warehouse;
  readonly clock: Clock;
  /** JSON file of the rule's state. */
  readonly stateFile: string;
}): (batches: readonly string[]) => Promise<readonly CrowdTransition[]> {
  const { warehouse, clock, stateFile } = deps;
  return async (batches) => {
    const name = batches.join(' ');
    const kept = readKept(stateFile);
    if (kept?.batches === name) return kept.transitions;
    const { zones, counts } = await warehouse.query(async (sql) => ({
      zones: await sql.all<CrowdZone>(
        `SELECT zone_code AS code, coalesce(name, zone_code) AS name, coalesce(grid_path, '') AS "orgPath", headcount_limit AS "limit"
         FROM staged."signal.zone"
         WHERE NOT _superseded AND NOT _deleted AND headcount_limit IS NOT NULL`,
      ),
      counts: await sql.all<CarrierCount>(
        `SELECT zone_code AS zone, strftime(bin_start, '%Y-%m-%dT%H:%M:%S+08:00') AS start, carrier, persons,
                coalesce(suppressed = '是', false) AS suppressed
         FROM staged."signal.headcount"
         WHERE _batch IN (SELECT batch FROM ledger.batch WHERE id IN (SELECT unnest(string_split($1, ' '))))
         ORDER BY bin_start`,
        [name],
      ),
    }));
    const state = readCrowdState(kept?.state);
    const rule = createCrowdRule({ zones, ...(state === null ? {} : { state }) });
    const now = clock.now();
    const transitions = [...rule.observe(counts, now), ...rule.tick(now)];
    const draft = `${stateFile}.part`;
    writeFileSync(draft, JSON.stringify({ batches: name, transitions, state: rule.state() }));
    renameSync(draft, stateFile);
    return transitions;
  };
}

interface Kept {
  readonly batches: string;
  readonly transitions: readonly CrowdTransition[];
  readonly state: unknown;
}

function readKept(file: string): Kept | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Kept;
  } catch {
    // the first run, or a file that a full disk cut short: the rule begins anew
    return null;
  }
}
