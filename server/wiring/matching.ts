import { type Catalogue, can, type JsonObject, type Theme, type User } from '../../core/index.ts';
import { audit, once, type Store, userNames } from '../../store/index.ts';
import { type Contract, identityOf, type LinkOutcome, type Proposal } from '../../warehouse/index.ts';
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
    const name = identity.split(':')[0] ?? '';
    const entity = contracts.get(name)?.entity ?? name;
    return catalogue.entities.find((one) => one.name === entity)?.theme;
  };
  // Both sides are shown in full, identity numbers included: who decides must be allowed to see them.
  const may = (user: User, identity: string) => {
    const theme = themeOf(identity);
    return theme !== undefined && can(user, 'quarantine.decide', { theme, sensitivity: 'sensitive' });
  };

  /** Orders being carried out; the same one again waits for the first. */
  const running = new Map<string, Promise<MatchOutcome>>();

  /** Carries an order out once: written down before, its answer kept after, then published. */
  function carryOut(
    user: User,
    { order, ...what }: { readonly order: string; readonly action: string; readonly subject: string } & Asked,
    work: () => Promise<LinkOutcome>,
  ): Promise<MatchOutcome> {
    const { action, subject, ...detail } = what;
    const request: JsonObject = { ...what };
    const id = `${user.id} ${order} ${JSON.stringify(request)}`;
    const before = running.get(id);
    if (before) return before;
    const result = carried().finally(() => running.delete(id));
    running.set(id, result);
    return result;

    async function carried(): Promise<MatchOutcome> {
      if (!desk) throw deskElsewhere();
      const known = await store.as(user).transaction(async (tx) => {
        const row = await tx.db
          .selectFrom('idempotency_key')
          .select('key')
          .where('scope', '=', `user:${user.id}`)
          .where('key', '=', order)
          .executeTakeFirst();
        if (row) return once<Kept>(tx, order, request, () => Promise.reject(forbidden('quarantine.decide')));
        await audit(tx, { action, subject, detail });
        return null;
      });
      const { entities, ...counts } = known ?? (await kept(await work()));
      // Also when the answer is one of before: ordering the publication may have failed then.
      if (entities.length > 0) await desk.publish(entities);
      return { ...counts, publishing: entities.length > 0 };
    }

    function kept({ linked, doubtful, apart, entities }: LinkOutcome): Promise<Kept> {
      const outcome = { linked, doubtful, apart, entities: [...entities] };
      return store.as(user).transaction((tx) => once(tx, order, request, async () => outcome));
    }
  }

  const described = (entity: string, features: Proposal['features']) => {
    const { elements } = catalogue.entity(entity);
    return features.map((feature) => ({
      ...feature,
      fieldName: elements.find(({ field }) => field === feature.field)?.title ?? {
        zh: feature.field,
        en: feature.field,
      },
    }));
  };

  return {
    pairs: async (user, { limit, verdict }) => {
      const open = (await matching().pairs(MOST_PAIRS))
        .map((pair) => ({ ...pair, identity: identityOf(pair.keyless) }))
        .filter(({ identity }) => may(user, identity));
      const certain = open.filter((pair) => pair.verdict === 'certain').length;
      const items = open
        .filter((pair) => verdict === undefined || pair.verdict === verdict)
        .slice(0, limit)
        .map(({ identity, keyless, entity, key, verdict: says, score, second, features }) => ({
          identity,
          source: keyless.contract.source,
          dataset: keyless.contract.dataset,
          entity,
          entityName: catalogue.entity(entity).title,
          key,
          verdict: says,
          score,
          second: second && { ...second },
          features: described(entity, features),
        }));
      return { items, certain, doubtful: open.length - certain };
    },
    duplicates: async (user, limit) =>
      (await matching().duplicates(MOST_PAIRS))
        .filter(({ entity }) => may(user, `${entity}:`))
        .slice(0, limit)
        .map(({ entity, keep, drop, score, features }) => ({
          identity: `${entity}:${drop}`,
          key: keep,
          entity,
          entityName: catalogue.entity(entity).title,
          drop,
          score,
          features: described(entity, features),
        })),
    link: async (user, { order, reason }) => {
      // It links in all themes at once.
      if (user.themes !== '*' || !can(user, 'quarantine.decide', { sensitivity: 'sensitive' })) {
        throw forbidden('quarantine.decide');
      }
      return carryOut(user, { order, action: 'matching.link', subject: 'certain', reason }, () =>
        matching().link({ by: user.id, reason }),
      );
    },
    decide: async (user, { order, identity, key, verdict, reason }) => {
      if (!may(user, identity)) throw forbidden('quarantine.decide');
      return carryOut(user, { order, action: `matching.${verdict}`, subject: identity, key, reason }, () =>
        matching().decide({ identity, key }, verdict, { by: user.id, reason }),
      );
    },
    history: async (user, limit) => {
      const kinds = [...contracts.keys(), ...catalogue.entities.map(({ name }) => name)];
      const seen = kinds.filter((name) => may(user, `${name}:`));
      const decisions = await matching().history(limit, seen);
      const names = await store.system.transaction((tx) =>
        userNames(
          tx,
          decisions.map(({ by }) => by),
        ),
      );
      return decisions.map(({ batch: _, ...decision }) => ({
        ...decision,
        byName: names.get(decision.by) ?? null,
      }));
    },
  };
}

interface Asked {
  readonly reason: string;
  readonly [name: string]: string;
}

type Kept = { linked: number; doubtful: number; apart: number; entities: string[] };
