import { createHmac } from 'node:crypto';

/**
 * Replaces a plate by a keyed hash. The key changes every month, so passages can be joined within a month and not
 * followed beyond it; whoever has the hashes without the secret has no plates.
 *
 * @param month `2026-11`
 * @returns 32 hex characters; null for a vehicle without a plate
 */
export type PlateHash = (plate: string | null, month: string) => string | null;

/** What gate software writes for a vehicle whose plate it could not read. */
const NO_PLATE = /^(无牌|无牌车|未识别|UNKNOWN|NONE|-)?$/;

export function createPlateHash(secret: string): PlateHash {
  const keys = new Map<string, Buffer>();

  function keyOf(month: string): Buffer {
    const existing = keys.get(month);
    if (existing) return existing;
    if (keys.size > 24) keys.clear();
    const key = createHmac('sha256', secret).update(`plate ${month}`).digest();
    keys.set(month, key);
    return key;
  }

  return (plate, month) => {
    const text = (plate ?? '')
      .normalize('NFKC')
      .toUpperCase()
      .replaceAll(/[\s·•.-]/g, '');
    if (NO_PLATE.test(text)) return null;
    return createHmac('sha256', keyOf(month)).update(text).digest('hex').slice(0, 32);
  };
}
