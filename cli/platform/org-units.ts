import type { OrgUnit } from '../../core/index.ts';
import { listOrgUnits, replaceOrgUnits, type Store } from '../../store/index.ts';
import type { Landing } from '../../warehouse/index.ts';

/**
 * Makes the org tree known to the store and, as a landed batch, to the warehouse. Does nothing when it is known already.
 *
 * @param units the whole tree, a district first
 */
export async function seedOrgUnits(store: Store, landing: Landing, units: readonly OrgUnit[]): Promise<void> {
  const root = units[0];
  if (root === undefined) return;
  const known = await store.system.transaction((tx) => listOrgUnits(tx, root.path));
  const landed = await landing.lastManifest('platform', 'org_unit');
  const same = JSON.stringify([...known].sort(byPath)) === JSON.stringify([...units].sort(byPath));
  if (same && landed !== null) return;
  const writer = landing.write('platform', 'org_unit');
  await writer.append(units.map(({ path, name, kind }) => ({ path, name, kind })));
  await writer.commit(null);
  await store.system.transaction((tx) => replaceOrgUnits(tx, units));
}

function byPath(a: OrgUnit, b: OrgUnit): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
