import { idNumberCheckDigit } from '../../core/checks.ts';
import type { Calendar } from '../calendar.ts';
import { between, chance, mix, pick, weighted } from '../random.ts';
import { LOCAL_REGIONS, OTHER_REGIONS } from '../vocabulary.ts';
import { givenName, surname } from './names.ts';

export type Role = 'head' | 'spouse' | 'child' | 'parent' | 'other';

/** One person: what never changes, and the days on which they came, left or died (0: not). */
export interface Resident {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly female: boolean;
  readonly birth: number;
  readonly role: Role;
  readonly household: number;
  /** Has a local household registration; otherwise comes from `region` of OTHER_REGIONS. */
  readonly local: boolean;
  readonly region: number;
  readonly from: number;
  gone: number;
  death: number;
}

export interface Household {
  readonly index: number;
  readonly members: Resident[];
  /** Dwellings in order of time. */
  readonly homes: { readonly from: number; readonly dwelling: number }[];
  readonly kind: 'family' | 'group';
  readonly from: number;
  gone: number;
  /** Days on which its members or its home changed, in order. */
  readonly changes: number[];
}

/** A member to be: role, sex, and day of birth. */
interface Member {
  readonly role: Role;
  readonly female: boolean;
  readonly ageYears: number;
}

/** Shares of: elder alone, alone, elder couple, couple, one child, two children, three generations. */
const FAMILY_OWNED = [0.12, 0.09, 0.18, 0.15, 0.27, 0.05, 0.14] as const;
const FAMILY_LET = [0, 0.33, 0.03, 0.28, 0.21, 0.03, 0.12] as const;

/** Who lives together, drawn from a hash: singles, couples, families with children, three generations, flat mates, groups. */
export function composition(hash: number, kind: 'owned' | 'let' | 'group'): Member[] {
  if (kind === 'group') {
    const count = between(mix(hash, 1), 3, 9);
    return Array.from({ length: count }, (_, at) => ({
      role: at === 0 ? 'head' : 'other',
      female: chance(mix(hash, 20 + at), 0.4),
      ageYears: between(mix(hash, 40 + at), 19, 48),
    }));
  }
  const type = weighted(mix(hash, 2), kind === 'owned' ? FAMILY_OWNED : FAMILY_LET);
  const headFemale = chance(mix(hash, 3), 0.3);
  const elder = type === 0 || type === 2;
  const headAge = elder
    ? between(mix(hash, 4), 61, 90)
    : between(mix(hash, 4), kind === 'let' ? 21 : 28, kind === 'let' ? 46 : 60);
  const members: Member[] = [{ role: 'head', female: headFemale, ageYears: headAge }];
  if (type === 0 || type === 1) return members;
  if (kind === 'let' && type === 6) {
    const mates = between(mix(hash, 5), 1, 2);
    for (let at = 0; at < mates; at++) {
      members.push({ role: 'other', female: headFemale, ageYears: headAge + between(mix(hash, 6 + at), -3, 3) });
    }
    return members;
  }
  members.push({ role: 'spouse', female: !headFemale, ageYears: Math.max(20, headAge + between(mix(hash, 8), -4, 3)) });
  const children = type === 4 ? 1 : type === 5 ? 2 : type === 6 ? between(mix(hash, 9), 1, 2) : 0;
  for (let at = 0; at < children; at++) {
    const age = Math.max(0, Math.min(headAge - between(mix(hash, 10 + at), 23, 34), 27));
    members.push({ role: 'child', female: chance(mix(hash, 12 + at), 0.48), ageYears: age });
  }
  if (type === 6) {
    const parents = between(mix(hash, 14), 1, 2);
    const first = chance(mix(hash, 15), 0.4);
    for (let at = 0; at < parents; at++) {
      members.push({
        role: 'parent',
        female: first === (at === 1),
        ageYears: Math.min(96, headAge + between(mix(hash, 16 + at), 23, 32)),
      });
    }
  }
  return members;
}

/** Makes residents with identity numbers that are valid and unlike each other. */
export interface Registrar {
  admit(household: number, role: Role, female: boolean, birth: number, family: Family, from: number): Resident;
  readonly residents: readonly Resident[];
}

/** What members of a household have in common. */
export interface Family {
  readonly hash: number;
  readonly local: boolean;
  /** Surname that the head's side carries. */
  readonly surname: string;
}

export function createRegistrar(seed: number, calendar: Calendar): Registrar {
  const salt = mix(seed, 31);
  const residents: Resident[] = [];
  const taken = new Set<number>();
  return {
    residents,
    admit: (household, role, female, birth, family, from) => {
      const index = residents.length;
      const hash = mix(salt, index);
      const inherits = role === 'head' || role === 'child';
      const region = (inherits ? mix(family.hash, 1) : mix(hash, 1)) % OTHER_REGIONS.length;
      const regionCode = family.local ? pick(mix(hash, 2), LOCAL_REGIONS) : OTHER_REGIONS[region]!.code;
      let sequence = (mix(hash, 3) % 500) * 2 + (female ? 0 : 1);
      let key = (Number(regionCode) % 9973) * 100_000_000 + birth * 1000 + sequence;
      while (taken.has(key)) {
        const next = (sequence + 2) % 1000;
        key += next - sequence;
        sequence = next;
      }
      taken.add(key);
      const first17 = `${regionCode}${calendar.compactDate(birth)}${String(sequence).padStart(3, '0')}`;
      const resident: Resident = {
        index,
        id: first17 + idNumberCheckDigit(first17),
        name: (inherits ? family.surname : surname(mix(hash, 4))) + givenName(mix(hash, 5), female),
        female,
        birth,
        role,
        household,
        local: family.local,
        region,
        from,
        gone: 0,
        death: 0,
      };
      residents.push(resident);
      return resident;
    },
  };
}

/** Present and alive on a day. */
export function isPresent(resident: Resident, day: number): boolean {
  return (
    resident.from <= day &&
    (resident.gone === 0 || resident.gone > day) &&
    (resident.death === 0 || resident.death > day)
  );
}

export function membersAt(household: Household, day: number): Resident[] {
  return household.members.filter((member) => isPresent(member, day));
}

/** The first member in order who is present; when none is, the first who ever was. */
export function headAt(household: Household, day: number): Resident {
  return household.members.find((member) => isPresent(member, day)) ?? household.members[0]!;
}

export function homeAt(household: Household, day: number): { readonly from: number; readonly dwelling: number } {
  const { homes } = household;
  for (let at = homes.length - 1; at > 0; at--) if (homes[at]!.from <= day) return homes[at]!;
  return homes[0]!;
}

/** The largest of `days` (in order) that is not after `day`; 0 for none. */
export function latest(days: readonly number[], day: number): number {
  for (let at = days.length - 1; at >= 0; at--) if (days[at]! <= day) return days[at]!;
  return 0;
}
