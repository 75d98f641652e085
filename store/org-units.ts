import { type OrgPath, type OrgUnit, parentOf } from '../core/index.ts';
import type { Tx } from './store.ts';

export interface OrgUnitTable {
  path: string;
  name: string;
  kind: OrgUnit['kind'];
  parent: string | null;
}

/** Makes the table hold exactly these units; called after a publication that changed the tree. */
export async function replaceOrgUnits(tx: Tx, units: readonly OrgUnit[]): Promise<void> {
  await tx.db.deleteFrom('org_unit').execute();
  for (let from = 0; from < units.length; from += 1_000) {
    const rows = units
      .slice(from, from + 1_000)
      .map(({ path, name, kind }) => ({ path, name, kind, parent: parentOf(path) }));
    await tx.db.insertInto('org_unit').values(rows).execute();
  }
}

/** The units at and under a path, in order of path; at most 20,000. */
export async function listOrgUnits(tx: Tx, under: OrgPath): Promise<OrgUnit[]> {
  const rows = await tx.db
    .selectFrom('org_unit')
    .select(['path', 'name', 'kind'])
    .where((eb) => eb.or([eb('path', '=', under), eb(eb.fn('starts_with', ['path', eb.val(`${under}/`)]), '=', true)]))
    .orderBy('path')
    .limit(20_000)
    .execute();
  return rows.map((row) => ({ path: row.path as OrgPath, name: row.name, kind: row.kind }));
}

/** Names by path; unknown paths are absent. */
export async function orgUnitNames(tx: Tx, paths: readonly string[]): Promise<Map<string, string>> {
  if (paths.length === 0) return new Map();
  const rows = await tx.db
    .selectFrom('org_unit')
    .select(['path', 'name'])
    .where('path', 'in', [...new Set(paths)])
    .execute();
  return new Map(rows.map((row) => [row.path, row.name]));
}
