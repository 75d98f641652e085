import type { Catalogue } from '../../core/catalogue.ts';
import type { Clock } from '../../core/clock.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Contract } from '../contract.ts';
import type { Landing } from '../landing.ts';
import { recordsReplacedBy } from '../quarantine.ts';
import type { Deciding } from '../quarantine-desk.ts';
import { tryRecords } from '../record-trial.ts';
import type { Working } from '../working.ts';
import { freshKeyless, identityOf, type KeylessRecord, keylessOf, keylessRecords } from './candidates.ts';
import { decidedPairs, decisionName, type PairDecision, pairHistory, standingDecisions } from './decided.ts';
import type { Duplicate } from './duplicates.ts';
import { pairAbsent } from './errors.ts';
import { createLandDecisions } from './landed-decisions.ts';
import { createMerges, type MergePair } from './merges.ts';
import { type Proposal, proposals } from './proposals.ts';
import type { MatchRule } from './rules.ts';

/** A pair by what names it for good: the record's identity and the entity's key. */
export interface PairName {
  readonly identity: string;
  readonly key: string;
}

export interface LinkOutcome {
  /** Records that now speak of their entity. */
  readonly linked: number;
  /** Pairs that wait for a person. */
  readonly doubtful: number;
  /** Records that resemble nobody. */
  readonly apart: number;
  /** Golden entities that are to be refreshed. */
  readonly entities: readonly string[];
}

/** Records without a usable key, and the entities they are of. What is decided lands, so that a rebuild knows it. */
export interface MatchingDesk {
  /** Open pairs, likeliest first, with the reasons of their score. */
  pairs(limit: number): Promise<readonly Proposal[]>;
  /** Links every certain pair: its record is landed again under its entity's key. */
  link(deciding: Deciding): Promise<LinkOutcome>;
  /** Kinds of entities of which records without a usable key came since `linkFresh` looked last; all of them after a start. */
  fresh(): Promise<readonly string[]>;
  /**
   * Links the certain ones among the records that came since the last time; how many are left is not counted. They count as looked
   * at once `settle`, which is given the entities that were linked, has ended well. A second time links nothing.
   */
  linkFresh(
    deciding: Deciding,
    settle: (entities: readonly string[]) => Promise<void>,
  ): Promise<{ readonly linked: number; readonly entities: readonly string[] }>;
  /**
   * Says that a record is, or is not, of an entity; `different` of a pair that was linked splits it again. With the identity
   * `person:DROP` it is about two golden rows: `same` merges what is known under DROP into the pair's key.
   *
   * @throws FillOnceError `warehouse.matching.absent`, `warehouse.matching.merged`, `warehouse.matching.merge`
   */
  decide(pair: PairName, verdict: 'same' | 'different', deciding: Deciding): Promise<LinkOutcome>;
  /**
   * Takes a link back: the record waits in quarantine again and is not linked to that entity any more.
   *
   * @throws FillOnceError `warehouse.matching.absent` for a link that does not stand.
   */
  split(pair: PairName, deciding: Deciding): Promise<LinkOutcome>;
  /** Golden rows with keys of their own that look like one entity, likeliest first; decided as pairs `person:DROP`, `KEEP`. */
  duplicates(limit: number): Promise<readonly Duplicate[]>;
  /**
   * Who decided what, when and why; newest first. Of the named datasets (`civil.person`) and entities (`person`) alone where there
   * are any.
   */
  history(limit: number, names?: readonly string[]): Promise<readonly PairDecision[]>;
}

interface Link {
  readonly keyless: KeylessRecord;
  readonly key: string;
  readonly reason: string;
}

const SLICE = 2_000;
const MOST_OPEN = 10_000;

export function createMatchingDesk(deps: {
  readonly working: () => Working;
  readonly landing: Landing;
  readonly catalogue: Catalogue;
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly rules: ReadonlyMap<string, MatchRule>;
  readonly clock: Clock;
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}): MatchingDesk {
  const { working, landing, catalogue, contracts, rules, clock, inTurn } = deps;
  const landDecisions = createLandDecisions({ working, landing, contracts, clock });
  const merges = createMerges({ working, catalogue, rules, landDecisions });

  // A rebuilt file numbers its staging passes anew.
  let looked = { file: '', load: 0 };
  const lookedAt = () => (looked.file === working().id ? looked.load : 0);

  function propose(batches?: ReadonlySet<string>) {
    return working().db.use(async (sql) => {
      const decided = decidedPairs(await standingDecisions(sql));
      return proposals(sql, { catalogue, contracts, rules, decided, ...(batches ? { batches } : {}) });
    });
  }

  async function linkCertain({ by, reason }: Deciding, batches?: ReadonlySet<string>) {
    const certain = (await propose(batches)).proposals.filter(({ verdict }) => verdict === 'certain');
    return linkAll(
      certain.map(({ keyless, key, score }) => ({ keyless, key, reason: `${reason} (${score})` })),
      by,
    );
  }

  /** Lands records of one dataset under their entities' keys and closes what they were; returns the batch's place. */
  async function landLinks(contract: Contract, links: readonly Link[], by: string, more: readonly JsonObject[] = []) {
    const writer = landing.write(contract.source, contract.dataset);
    await writer.append(links.map(mended));
    const { id, seq } = await writer.commit(await landing.lastCursor(contract.source, contract.dataset));
    // As when people mend by expression: a crash before this leaves the records open, and linking again closes them.
    const closing = links.flatMap(({ keyless, key, reason }): JsonObject[] => [
      { batch: keyless.record.batch, row: keyless.record.row, decision: 'fixed', replacement: id, reason },
      { batch: decisionName(identityOf(keyless), key), row: 0, decision: 'accepted', replacement: id, reason },
    ]);
    const unique = new Map([...closing, ...more].map((one) => [`${one.batch}\n${one.row}`, one]));
    await landDecisions([...unique.values(), { batch: id, row: 0, decision: 'accepted', reason: 'matching' }], by);
    return seq;
  }

  async function linkAll(links: readonly Link[], by: string): Promise<{ linked: number; entities: readonly string[] }> {
    const entities = new Set<string>();
    let linked = 0;
    for (const contract of contracts.values()) {
      const ofContract = links.filter(({ keyless }) => keyless.contract === contract);
      for (let from = 0; from < ofContract.length; from += SLICE) {
        const slice = ofContract.slice(from, from + SLICE);
        const verdicts = await working().db.use((sql) => tryRecords(sql, contract, slice.map(mended)));
        const good = slice.filter((_, i) => verdicts[i]!.breaks.length === 0);
        if (good.length === 0) continue;
        await working().stage(contract, await landLinks(contract, good, by));
        linked += good.length;
        if (contract.entity !== null) entities.add(contract.entity);
      }
    }
    return { linked, entities: [...entities].sort() };
  }

  async function remaining(done: { linked: number; entities: readonly string[] }): Promise<LinkOutcome> {
    const { proposals: left, apart } = await propose();
    return { ...done, doubtful: left.length, apart };
  }

  async function same(pair: PairName, { by, reason }: Deciding): Promise<LinkOutcome> {
    const open = await working().db.use((sql) => keylessRecords(sql, contracts, rules, MOST_OPEN));
    const links = open
      .filter((keyless) => identityOf(keyless) === pair.identity)
      .map((keyless) => ({ keyless, key: pair.key, reason }));
    if (links.length === 0) throw pairAbsent(`${pair.identity}>${pair.key}`);
    return remaining(await linkAll(links, by));
  }

  async function split(pair: PairName, { by, reason }: Deciding): Promise<LinkOutcome> {
    const standing = await working().db.use(standingDecisions);
    const isThis = ({ identity, key }: PairName) => identity === pair.identity && key === pair.key;
    const link = standing.find((one) => isThis(one) && one.verdict === 'same' && one.batch !== null);
    if (!link?.batch) throw pairAbsent(`${pair.identity}>${pair.key}`);
    const contract = contracts.get(link.batch.split('.').slice(0, 2).join('.'))!;
    const replaced = await working().db.use((sql) => recordsReplacedBy(sql, link.batch!));
    const brought = replaced.map((record) => keylessOf(contract, record)!);
    const keys = new Map(standing.filter(({ batch }) => batch === link.batch).map((one) => [one.identity, one]));
    const taken = brought.filter((keyless) => identityOf(keyless) === pair.identity);
    // A batch is withdrawn whole; what else it brought is landed again.
    const rest = brought.flatMap((keyless): Link[] => {
      const other = keys.get(identityOf(keyless));
      return other === undefined || isThis(other) ? [] : [{ keyless, key: other.key, reason: other.reason }];
    });
    const undo: JsonObject[] = [
      { batch: link.batch, row: 0, decision: 'withdrawn', reason },
      { batch: decisionName(pair.identity, pair.key), row: 0, decision: 'dismissed', reason },
      ...taken.map(({ record: { batch, row } }) => ({ batch, row, decision: 'reopened', reason })),
    ];
    if (rest.length === 0) await landDecisions(undo, by);
    else await landLinks(contract, rest, by, undo);
    await working().db.transaction((sql) =>
      // A key that only the withdrawn record spoke for is not touched by what is staged anew: the table is made whole.
      sql.run("UPDATE ledger.entity SET code = '' WHERE entity = $1", [contract.entity]),
    );
    await working().restage(contract);
    return remaining({ linked: 0, entities: contract.entity === null ? [] : [contract.entity] });
  }

  /** The two keys that a pair is about when its identity names an entity instead of a record. */
  function mergeOf({ identity, key }: PairName): MergePair | null {
    const [entity = '', ...rest] = identity.split(':');
    const known = catalogue.entities.some(({ name }) => name === entity);
    return known ? { entity, drop: rest.join(':'), keep: key } : null;
  }

  async function merged(pair: MergePair, verdict: 'same' | 'different', deciding: Deciding): Promise<LinkOutcome> {
    if (verdict === 'same') await merges.join(pair, deciding);
    const changed = verdict === 'same' || (await merges.part(pair, deciding)).wasMerged;
    return remaining({ linked: verdict === 'same' ? 1 : 0, entities: changed ? [pair.entity] : [] });
  }

  return {
    pairs: async (limit) =>
      (await propose()).proposals.toSorted((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1)).slice(0, limit),
    link: (deciding) => inTurn(async () => remaining(await linkCertain(deciding))),
    fresh: () => working().db.use(async (sql) => (await freshKeyless(sql, contracts, rules, lookedAt())).entities),
    linkFresh: async (deciding, settle) => {
      const { file, newest, ...done } = await inTurn(async () => {
        const { newest, entities, batches } = await working().db.use((sql) =>
          freshKeyless(sql, contracts, rules, lookedAt()),
        );
        const nothing = { linked: 0, entities: [] };
        return {
          file: working().id,
          newest,
          ...(entities.length === 0 ? nothing : await linkCertain(deciding, batches)),
        };
      });
      if (done.entities.length > 0) await settle(done.entities);
      looked = { file, load: newest };
      return done;
    },
    decide: (pair, verdict, deciding) =>
      inTurn(async () => {
        const merge = mergeOf(pair);
        if (merge) return merged(merge, verdict, deciding);
        if (verdict === 'same') return same(pair, deciding);
        const standing = await working().db.use(standingDecisions);
        const linked = standing.some(
          (one) => one.identity === pair.identity && one.key === pair.key && one.verdict === 'same',
        );
        if (linked) return split(pair, deciding);
        const { proposals: open } = await propose();
        if (!open.some(({ keyless, key }) => identityOf(keyless) === pair.identity && key === pair.key)) {
          throw pairAbsent(`${pair.identity}>${pair.key}`);
        }
        const { by, reason } = deciding;
        await landDecisions(
          [{ batch: decisionName(pair.identity, pair.key), row: 0, decision: 'dismissed', reason }],
          by,
        );
        return remaining({ linked: 0, entities: [] });
      }),
    split: (pair, deciding) =>
      inTurn(async () => {
        const merge = mergeOf(pair);
        if (!merge) return split(pair, deciding);
        const stands = (await working().db.use((sql) => pairHistory(sql, MOST_OPEN, [merge.entity]))).some(
          ({ identity, key, verdict, stands: still }) =>
            identity === pair.identity && key === pair.key && verdict === 'same' && still,
        );
        if (!stands) throw pairAbsent(`${pair.identity}>${pair.key}`);
        return merged(merge, 'different', deciding);
      }),
    duplicates: async (limit) => (await merges.open()).slice(0, limit),
    history: (limit, names) => working().db.use((sql) => pairHistory(sql, limit, names)),
  };
}

function mended({ keyless: { raw, column, contract }, key }: Link): JsonObject {
  const aliases = contract.columns.find(({ name }) => name === column)?.aliases ?? [];
  const others = Object.entries(raw).filter(([name]) => !aliases.includes(name));
  return { ...Object.fromEntries(others), [column]: key };
}
