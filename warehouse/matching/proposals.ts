import { createBreath } from '../../core/breath.ts';
import type { Catalogue } from '../../core/catalogue.ts';
import type { Contract } from '../contract.ts';
import type { SqlSession } from '../duckdb.ts';
import { identityOf, type KeylessRecord, keylessRecords, readBlocks } from './candidates.ts';
import type { MatchRule } from './rules.ts';
import { type PairScore, scorePair } from './score.ts';

/** A record without a usable key, and the entity it most likely is. */
export interface Proposal extends PairScore {
  readonly keyless: KeylessRecord;
  readonly entity: string;
  /** The entity's key. */
  readonly key: string;
  readonly verdict: 'certain' | 'doubtful';
  /** The next likeliest entity, where it is above `doubtful` too. */
  readonly second: { readonly key: string; readonly score: number } | null;
}

/** What people decided of a pair: `same` or `different`, by `identity>key`. */
export type Decided = ReadonlyMap<string, 'same' | 'different'>;

export const pairOf = (identity: string, key: string): string => `${identity}>${key}`;

/**
 * Holds every open record that lacks only its key against the golden rows near it. A function of quarantine, golden rows and
 * decisions alone: the same ones give the same proposals.
 */
export async function proposals(
  sql: SqlSession,
  of: {
    readonly catalogue: Catalogue;
    readonly contracts: ReadonlyMap<string, Contract>;
    readonly rules: ReadonlyMap<string, MatchRule>;
    readonly decided: Decided;
    /** Only records of these batches. */
    readonly batches?: ReadonlySet<string>;
  },
): Promise<{ readonly proposals: readonly Proposal[]; readonly apart: number }> {
  const records = await keylessRecords(sql, of.contracts, of.rules, MOST_RECORDS, of.batches);
  const found: Proposal[] = [];
  const breathe = createBreath();
  let apart = 0;
  for (const rule of of.rules.values()) {
    const ofEntity = records.filter(({ contract }) => contract.entity === rule.entity);
    if (ofEntity.length === 0) continue;
    const blocks = await readBlocks(sql, of.catalogue.entity(rule.entity), rule, ofEntity);
    for (const keyless of ofEntity) {
      const proposal = best(rule, keyless, blocks.near(keyless.fields), of.decided);
      if (proposal) found.push(proposal);
      else apart++;
      await breathe();
    }
  }
  return { proposals: found, apart };
}

/** More open records are looked at when these are decided. */
const MOST_RECORDS = 10_000;

function best(
  rule: MatchRule,
  keyless: KeylessRecord,
  near: readonly { readonly key: string; readonly fields: PairFields }[],
  decided: Decided,
): Proposal | null {
  const identity = identityOf(keyless);
  const scored = near
    .map(({ key, fields }) => ({
      key,
      ...scorePair(rule, keyless.fields, fields),
      was: decided.get(pairOf(identity, key)),
    }))
    .filter(({ score, was }) => was !== 'different' && (was === 'same' || score >= rule.doubtful))
    .sort(
      (a, b) => Number(b.was === 'same') - Number(a.was === 'same') || b.score - a.score || (a.key < b.key ? -1 : 1),
    );
  const [first, second] = scored;
  if (!first) return null;
  const clear = first.score >= rule.certain && (!second || first.score - second.score >= rule.margin);
  const { key, score, features, was } = first;
  return {
    keyless,
    entity: rule.entity,
    key,
    score,
    features,
    // What a person said once holds when the source sends the same wrong key again.
    verdict: was === 'same' || clear ? 'certain' : 'doubtful',
    second: second ? { key: second.key, score: second.score } : null,
  };
}

type PairFields = Parameters<typeof scorePair>[1];
