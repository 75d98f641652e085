import { chance, mix, pick } from '../random.ts';
import { GIVEN_FEMALE, GIVEN_MALE, SURNAMES } from '../vocabulary.ts';

/** The first surnames of the list are the common ones: squaring the draw favours them. */
export function surname(hash: number): string {
  const draw = hash / 4_294_967_296;
  return SURNAMES[Math.floor(draw * draw * SURNAMES.length)]!;
}

export function givenName(hash: number, female: boolean): string {
  const list = female ? GIVEN_FEMALE : GIVEN_MALE;
  const first = pick(hash, list);
  return chance(mix(hash, 1), 0.72) ? first + pick(mix(hash, 2), list) : first;
}
