import { civilTimestamp } from '../../core/civil-time.ts';
import type { Clock } from '../../core/clock.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Contract } from '../contract.ts';
import type { Landing } from '../landing.ts';
import type { Working } from '../working.ts';

/** Lands decisions as a batch of `platform.decision`, in one's name, and stages it. */
export type LandDecisions = (decisions: readonly JsonObject[], by: string) => Promise<void>;

export function createLandDecisions({
  working,
  landing,
  contracts,
  clock,
}: {
  readonly working: () => Working;
  readonly landing: Landing;
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly clock: Clock;
}): LandDecisions {
  const contract = contracts.get('platform.decision')!;
  return async (decisions, by) => {
    const writer = landing.write('platform', 'decision');
    const decidedAt = civilTimestamp(clock.now());
    await writer.append(decisions.map((decision) => ({ ...decision, decidedAt, decidedBy: by })));
    const { seq } = await writer.commit(await landing.lastCursor('platform', 'decision'));
    await working().stage(contract, seq);
  };
}
