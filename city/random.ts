/**
 * Chance without state: every random choice of the city is a hash of what it is about, so that any part of the truth can be
 * made at any moment, in any order, and comes out the same.
 */

/** Mixes a number into a hash (MurmurHash3 finaliser); both and the result are unsigned 32-bit. */
export function mix(hash: number, value: number): number {
  let h = Math.imul(hash ^ Math.imul(value + 0x7f4a7c15, 0xcc9e2d51), 0x1b873593) ^ value;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return h >>> 0;
}

/** A hash as a number in [0, 1). */
export function unit(hash: number): number {
  return hash / 4_294_967_296;
}

/** True for a share `rate` of hashes. */
export function chance(hash: number, rate: number): boolean {
  return hash < rate * 4_294_967_296;
}

/** An integer from `low` to `high`, both included. */
export function between(hash: number, low: number, high: number): number {
  return low + Math.floor(unit(hash) * (high - low + 1));
}

export function pick<T>(hash: number, list: readonly T[]): T {
  return list[Math.floor(unit(hash) * list.length)]!;
}

/** The index drawn from weights that add up to about 1 (the last takes the rest). */
export function weighted(hash: number, weights: readonly number[]): number {
  let rest = unit(hash);
  for (let at = 0; at < weights.length - 1; at++) {
    rest -= weights[at]!;
    if (rest < 0) return at;
  }
  return weights.length - 1;
}

/** A number around 1: the product of two uniform draws, between 0.3 and 2.2, most near 1. */
export function spread(hash: number): number {
  return 0.3 + 0.95 * (unit(hash) + unit(mix(hash, 77)));
}

/** A number with a long right tail, median 1: sizes of firms, revenues. */
export function tail(hash: number): number {
  const u = unit(hash);
  return Math.exp(1.4 * (u + unit(mix(hash, 1)) + unit(mix(hash, 2)) + unit(mix(hash, 3)) - 2) * 1.7);
}

const SLOT_DAYS = 360;

/**
 * The last day up to `day`, and not before `floor`, on which a value that changes `yearlyRate` times a year did change;
 * 0 when it did not. Time is cut into slots of 360 days; a slot holds one change with that probability.
 */
export function lastChange(hash: number, yearlyRate: number, day: number, floor: number): number {
  for (let slot = Math.floor(day / SLOT_DAYS); (slot + 1) * SLOT_DAYS > floor; slot--) {
    const roll = mix(hash, slot);
    if (!chance(roll, yearlyRate)) continue;
    const at = slot * SLOT_DAYS + (mix(roll, 1) % SLOT_DAYS);
    if (at <= day) return at >= floor ? at : 0;
  }
  return 0;
}
