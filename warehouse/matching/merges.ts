import type { Catalogue, Entity } from '../../core/catalogue.ts';
import { appliedAliases, MERGE, mergeName } from '../key-aliases.ts';
import type { Deciding } from '../quarantine-desk.ts';
import { goldenTable } from '../refresh.ts';
import { ident } from '../sql-text.ts';
import type { Working } from '../working.ts';
import { type Duplicate, duplicates } from './duplicates.ts';
import { mergedAlready, mergeRefused, pairAbsent } from './errors.ts';
import type { LandDecisions } from './landed-decisions.ts';
import type { MatchRule } from './rules.ts';

/** Two keys of one entity: from a merge on, what is known under `drop` counts as known under `keep`. */
export interface MergePair {
  readonly entity: string;
  readonly keep: string;
  readonly drop: string;
}

/** Golden rows that are of one entity: found, joined, parted again. Callers see to it that one works at a time. */
export interface Merges {
  /** Pairs nobody has decided, likeliest first. */
  open(): Promise<readonly Duplicate[]>;
  /**
   * @throws FillOnceError `warehouse.matching.absent` for a key without a golden row, `warehouse.matching.merged` for one that counts
   * as another already, `warehouse.matching.merge` for an entity that cannot be merged or a key with itself.
   */
  join(pair: MergePair, deciding: Deciding): Promise<void>;
  /** Takes a merge back, or notes that two are different. @throws FillOnceError `warehouse.matching.absent` */
  part(pair: MergePair, deciding: Deciding): Promise<{ readonly wasMerged: boolean }>;
}

export function createMerges(deps: {
  readonly working: () => Working;
  readonly catalogue: Catalogue;
  readonly rules: ReadonlyMap<string, MatchRule>;
  readonly landDecisions: LandDecisions;
}): Merges {
  const { working, catalogue, rules, landDecisions } = deps;

  function entityOf({ entity: name, keep, drop }: MergePair): Entity {
    const entity = rules.get(name)?.merge ? catalogue.entity(name) : undefined;
    if (!entity || keep === drop) throw mergeRefused(`${name}:${drop}>${keep}`);
    return entity;
  }

  async function mustStand({ entity, keep, drop }: MergePair): Promise<void> {
    const aliases = await working().db.use((sql) => appliedAliases(sql, entity));
    for (const key of [keep, drop]) {
      const alias = aliases.find(({ was }) => was === key);
      if (alias) throw mergedAlready(key, alias.key);
    }
    const of = catalogue.entity(entity);
    const key = ident(of.key[0]!);
    const rows = await working().db.use((sql) =>
      sql.all<{ key: string }>(`SELECT ${key} AS key FROM ${goldenTable(of)} WHERE ${key} IN ($1, $2)`, [keep, drop]),
    );
    const missing = [keep, drop].find((one) => !rows.some((row) => row.key === one));
    if (missing !== undefined) throw pairAbsent(`${entity}:${missing}`);
  }

  const decided = async ({ entity, keep, drop }: MergePair) => {
    const names = [mergeName(entity, drop, keep), mergeName(entity, keep, drop)];
    const rows = await working().db.use((sql) =>
      sql.all<{ batch: string; decision: string }>(
        `SELECT batch, decision FROM staged."platform.decision" WHERE NOT _superseded AND batch IN ($1, $2)`,
        names,
      ),
    );
    return new Map(rows.map(({ batch, decision }) => [batch, decision]));
  };

  return {
    open: async () => {
      const found: Duplicate[] = [];
      for (const rule of rules.values()) {
        found.push(...(await working().db.use((sql) => duplicates(sql, catalogue.entity(rule.entity), rule))));
      }
      const settled = await working().db.use((sql) =>
        sql.all<{ batch: string }>(
          `SELECT batch FROM staged."platform.decision" WHERE NOT _superseded AND starts_with(batch, '${MERGE}')`,
        ),
      );
      const names = new Set(settled.map(({ batch }) => batch));
      return found
        .filter(
          ({ entity, drop, keep }) =>
            !names.has(mergeName(entity, drop, keep)) && !names.has(mergeName(entity, keep, drop)),
        )
        .sort((a, b) => b.score - a.score || (a.drop < b.drop ? -1 : 1));
    },
    join: async (pair, { by, reason }) => {
      entityOf(pair);
      await mustStand(pair);
      await landDecisions(
        [{ batch: mergeName(pair.entity, pair.drop, pair.keep), row: 0, decision: 'accepted', reason }],
        by,
      );
      await working().applyMerges();
    },
    part: async (pair, { by, reason }) => {
      entityOf(pair);
      const name = mergeName(pair.entity, pair.drop, pair.keep);
      const before = await decided(pair);
      const wasMerged = before.get(name) === 'accepted';
      if (!wasMerged) {
        if (before.size > 0) throw pairAbsent(`${pair.entity}:${pair.drop}>${pair.keep}`);
        await mustStand(pair);
      }
      await landDecisions([{ batch: name, row: 0, decision: 'dismissed', reason }], by);
      if (wasMerged) await working().applyMerges();
      return { wasMerged };
    },
  };
}
