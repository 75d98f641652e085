import { type Catalogue, can, type Theme, type User } from '../../core/index.ts';
import { audit, type Store } from '../../store/index.ts';
import { type Contract, identityOf, type LinkOutcome } from '../../warehouse/index.ts';
import { deskElsewhere, forbidden } from '../errors.ts';
import type { Matching } from '../ports-matching.ts';
import type { MatchOutcome } from '../schema/matching.ts';
import type { DeskModules } from './desk.ts';

/** Most pairs that are worked out before those of the person's themes are chosen. */
const MOST_PAIRS = 10_000;

export function wireMatching({
  store,
  catalogue,
  contracts,
  desk,
}: {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly desk: DeskModules | undefined;
}): Matching {
  const matching = () => {
    if (!desk) throw deskElsewhere();
    return desk.warehouse.matching;
  };
  const themeOf = (identity: string): Theme | undefined => {
    const entity = contracts.get(identity.split(':')[0] ?? '')?.entity;
    return entity ? catalogue.entity(entity).theme : undefined;
  };
  // Both sides are shown in full, identity numbers included: who decides must be allowed to see them.
  const may = (user: User, identity: string) => {
    const theme = themeOf(identity);
    return theme !== undefined && can(user, 'quarantine.decide', { theme, sensitivity: 'sensitive' });
  };

  async function carryOut(
    user: User,
    action: string,
    subject: string,
    reason: string,
    work: () => Promise<LinkOutcome>,
  ): Promise<MatchOutcome> {
    if (!desk) throw deskElsewhere();
    await store.as(user).transaction((tx) => audit(tx, { action, subject, detail: { reason } }));
    const { linked, doubtful, apart, entities } = await work();
    if (entities.length > 0) await desk.publish(entities);
    return { linked, doubtful, apart, publishing: entities.length > 0 };
  }

  return {
    pairs: async (user, limit) =>
      (await matching().pairs(MOST_PAIRS))
        .map((pair) => ({ ...pair, identity: identityOf(pair.keyless) }))
        .filter(({ identity }) => may(user, identity))
        .slice(0, limit)
        .map(({ identity, keyless, entity, key, verdict, score, second, features }) => {
          const { elements, title } = catalogue.entity(entity);
          return {
            identity,
            source: keyless.contract.source,
            dataset: keyless.contract.dataset,
            entity,
            entityName: title.zh,
            key,
            verdict,
            score,
            second: second && { ...second },
            features: features.map((feature) => ({
              ...feature,
              fieldName: elements.find(({ field }) => field === feature.field)?.title.zh ?? feature.field,
            })),
          };
        }),
    link: async (user, reason) => {
      // It links in all themes at once.
      if (user.themes !== '*' || !can(user, 'quarantine.decide', { sensitivity: 'sensitive' })) {
        throw forbidden('quarantine.decide');
      }
      return carryOut(user, 'matching.link', 'certain', reason, () => matching().link({ by: user.id, reason }));
    },
    decide: async (user, { identity, key, verdict, reason }) => {
      if (!may(user, identity)) throw forbidden('quarantine.decide');
      return carryOut(user, `matching.${verdict}`, identity, reason, () =>
        matching().decide({ identity, key }, verdict, { by: user.id, reason }),
      );
    },
    history: async (user, limit) =>
      (await matching().history(limit))
        .filter(({ identity }) => may(user, identity))
        .map(({ identity, key, verdict, by, reason, at, stands }) => ({
          identity,
          key,
          verdict,
          by,
          reason,
          at,
          stands,
        })),
  };
}
