import type { Calendar } from '../calendar.ts';
import { between, chance, mix, pick, weighted } from '../random.ts';
import type { Buildings } from './buildings.ts';
import { surname } from './names.ts';
import {
  composition,
  createRegistrar,
  type Family,
  type Household,
  headAt,
  isPresent,
  membersAt,
  type Resident,
} from './residents.ts';

export type Usage = '自住' | '出租' | '群租' | '空置' | '经营' | '借用';

/** How a dwelling is used from a day on, until the next episode begins. */
export interface Episode {
  readonly from: number;
  readonly usage: Usage;
  readonly households: readonly number[];
  /** Index of the resident who owns it; -1: someone who does not live here. */
  readonly owner: number;
  /** How often it has been sold or inherited: names an owner who does not live here. */
  readonly ownerVersion: number;
}

/** Who lives where, now and at any day of the last two years; the part of the truth that events move forward. */
export interface Settlement {
  readonly residents: readonly Resident[];
  readonly households: readonly Household[];
  episode(dwelling: number, day: number): Episode;
  /** The last day up to `day` on which the use of a dwelling or the people in it changed; 0: none since the beginning. */
  lastChange(dwelling: number, day: number): number;
  /** Lives through the days up to and including `day`. */
  advanceTo(day: number): void;
}

const MONTH = 30;
const LEAVE_SHARE = 0.6;
/** Yearly shares; together 4 % of residents move and 0.6 % die. */
const MOVES: Readonly<Record<Usage, number>> = { 自住: 0.018, 借用: 0.04, 出租: 0.058, 群租: 0.07, 空置: 0, 经营: 0 };
const FILL = 0.125;
const REMEDY = 0.05;
const BIRTH = 0.035;

type Happening = { readonly day: number; readonly kind: number; readonly index: number };

/**
 * Settles the dwellings as they were on day `start`, from which events lead on month by month.
 * Moves, deaths, births, new tenancies and the clearing of group-lets are hashes of who and when, so `advanceTo` in many small steps or in one
 * large step ends in the same place.
 */
export function createSettlement(seed: number, calendar: Calendar, buildings: Buildings, start: number): Settlement {
  const salt = mix(seed, 41);
  const registrar = createRegistrar(seed, calendar);
  const { residents } = registrar;
  const households: Household[] = [];
  const dwellings: Episode[][] = [];
  const vacant: number[] = [];
  const vacantAt = new Map<number, number>();
  let lived = start;

  for (let index = 0; index < buildings.dwellings; index++) settleFirst(index);

  function settleFirst(index: number): void {
    const hash = mix(salt, index);
    const usage = (['自住', '出租', '群租', '空置', '经营', '借用'] as const)[
      weighted(hash, [0.602, 0.185, 0.052, 0.143, 0.01, 0.008])
    ]!;
    const years =
      usage === '自住'
        ? between(mix(hash, 1), 0, 24)
        : usage === '空置'
          ? between(mix(hash, 1), 0, 4)
          : between(mix(hash, 1), 0, 5);
    const from = start - 1 - years * 365 - between(mix(hash, 2), 0, 364);
    if (usage === '空置' || usage === '经营') {
      dwellings.push([{ from, usage, households: [], owner: -1, ownerVersion: 0 }]);
      if (usage === '空置') offer(index);
      return;
    }
    dwellings.push([]);
    move(index, from, usage, mix(hash, 3), -1, 0);
  }

  /** New people move in. */
  function move(
    dwelling: number,
    day: number,
    usage: Usage,
    hash: number,
    landlord: number,
    ownerVersion: number,
  ): void {
    const kind = usage === '群租' ? 'group' : usage === '出租' ? 'let' : 'owned';
    const settled = [found(hash, kind, day, dwelling)];
    if (kind === 'group' && chance(mix(hash, 1), 0.35)) settled.push(found(mix(hash, 2), kind, day, dwelling));
    const owner = usage === '自住' ? settled[0]!.members[0]!.index : landlord;
    dwellings[dwelling]!.push({ from: day, usage, households: settled.map((each) => each.index), owner, ownerVersion });
  }

  function found(hash: number, kind: 'owned' | 'let' | 'group', day: number, dwelling: number): Household {
    const household: Household = {
      index: households.length,
      members: [],
      homes: [{ from: day, dwelling }],
      kind: kind === 'group' ? 'group' : 'family',
      from: day,
      gone: 0,
      changes: [day],
    };
    households.push(household);
    const local = chance(mix(hash, 3), kind === 'owned' ? 0.84 : kind === 'let' ? 0.22 : 0.04);
    const family: Family = { hash, local, surname: surname(mix(hash, 4)) };
    const reference = Math.max(day, start);
    composition(mix(hash, 5), kind).forEach((member, at) => {
      const birth =
        reference - member.ageYears * 365 - between(mix(hash, 50 + at), 0, 364) - Math.floor(member.ageYears / 4);
      household.members.push(
        registrar.admit(household.index, member.role, member.female, birth, family, Math.max(day, birth)),
      );
    });
    return household;
  }

  function offer(dwelling: number): void {
    vacantAt.set(dwelling, vacant.length);
    vacant.push(dwelling);
  }

  function take(dwelling: number): void {
    const at = vacantAt.get(dwelling);
    const last = vacant.pop();
    if (at === undefined || last === undefined) return;
    vacantAt.delete(dwelling);
    if (last === dwelling) return;
    vacant[at] = last;
    vacantAt.set(last, at);
  }

  function current(dwelling: number): Episode {
    return dwellings[dwelling]!.at(-1)!;
  }

  /** A household leaves its dwelling; the last one out leaves it vacant. */
  function moveOut(household: Household, day: number): void {
    const { dwelling } = household.homes.at(-1)!;
    const before = current(dwelling);
    const rest = before.households.filter((index) => index !== household.index);
    const owner = before.owner >= 0 && residents[before.owner]!.death > 0 ? -1 : before.owner;
    const ownerVersion = owner === before.owner ? before.ownerVersion : before.ownerVersion + 1;
    const usage = rest.length === 0 ? '空置' : before.usage;
    dwellings[dwelling]!.push({ from: day, usage, households: rest, owner, ownerVersion });
    if (rest.length === 0) offer(dwelling);
  }

  function leave(household: Household, day: number): void {
    household.gone = day;
    household.changes.push(day);
    for (const member of membersAt(household, day)) member.gone = day;
    moveOut(household, day);
  }

  const apply: readonly ((index: number, day: number, hash: number) => void)[] = [
    function die(index, day) {
      const resident = residents[index]!;
      const household = households[resident.household]!;
      if (!isPresent(resident, day) || household.homes.at(-1)!.from >= day) return;
      resident.death = day;
      household.changes.push(day);
      if (membersAt(household, day).length > 0) return;
      household.gone = day;
      moveOut(household, day);
    },
    function relocate(index, day, hash) {
      const household = households[index]!;
      if (household.gone > 0 || household.homes.at(-1)!.from >= day) return;
      if (chance(hash, LEAVE_SHARE) || vacant.length === 0 || household.kind === 'group') return leave(household, day);
      const target = pick(mix(hash, 1), vacant);
      moveOut(household, day);
      take(target);
      household.homes.push({ from: day, dwelling: target });
      household.changes.push(day);
      const before = current(target);
      const buys = chance(mix(hash, 2), 0.5);
      dwellings[target]!.push({
        from: day,
        usage: buys ? '自住' : '出租',
        households: [index],
        owner: buys ? headAt(household, day).index : before.owner,
        ownerVersion: before.ownerVersion + (buys ? 1 : 0),
      });
    },
    function bear(index, day, hash) {
      const household = households[index]!;
      if (household.gone > 0) return;
      const [head] = household.members;
      if (!head || head.death > 0) return;
      const family: Family = { hash: mix(hash, 9), local: head.local, surname: head.name.slice(0, 1) };
      household.members.push(registrar.admit(index, 'child', chance(hash, 0.48), day, family, day));
      household.changes.push(day);
    },
    function fill(dwelling, day, hash) {
      if (!vacantAt.has(dwelling) || current(dwelling).from >= day) return;
      take(dwelling);
      const usage = (['自住', '出租', '群租'] as const)[weighted(hash, [0.4, 0.42, 0.18])]!;
      const { owner, ownerVersion } = current(dwelling);
      move(dwelling, day, usage, mix(hash, 1), owner, ownerVersion + (usage === '自住' ? 1 : 0));
    },
    function remedy(dwelling, day) {
      const before = current(dwelling);
      if (before.usage !== '群租' || before.from >= day) return;
      for (const index of before.households) leave(households[index]!, day);
    },
  ];

  /** What the month that starts on day `from` may bring; whether it still applies is seen when its day comes. */
  function happenings(from: number, month: number): Happening[] {
    const list: Happening[] = [];
    const roll = (kind: number, index: number, yearly: number) => {
      const hash = mix(mix(mix(salt, 1000 + kind), index), month);
      if (chance(hash, (yearly * MONTH) / 365)) list.push({ day: from + (mix(hash, 3) % MONTH), kind, index });
    };
    for (const resident of residents)
      if (resident.gone === 0 && resident.death === 0) roll(0, resident.index, mortality(from - resident.birth));
    for (const household of households) {
      if (household.gone > 0) continue;
      const { usage } = current(household.homes.at(-1)!.dwelling);
      roll(1, household.index, MOVES[usage]);
      const second = household.members[1];
      const fertile = second?.role === 'spouse' && from - second.birth > 22 * 365 && from - second.birth < 40 * 365;
      if (fertile && household.members.length < 4) roll(2, household.index, BIRTH);
    }
    dwellings.forEach((episodes, index) => {
      const { usage } = episodes.at(-1)!;
      if (usage === '空置') roll(3, index, FILL);
      if (usage === '群租') roll(4, index, REMEDY);
    });
    return list.sort((a, b) => a.day - b.day || a.kind - b.kind || a.index - b.index);
  }

  let pending: Happening[] = [];
  function advanceTo(day: number): void {
    while (lived < day) {
      const since = lived + 1 - start;
      if (since % MONTH === 1) pending = happenings(lived + 1, Math.floor(since / MONTH));
      lived++;
      while (pending.length > 0 && pending[0]!.day <= lived) {
        const { day: on, kind, index } = pending.shift()!;
        apply[kind]!(index, on, mix(mix(mix(salt, 2000 + kind), index), on));
      }
    }
  }

  return {
    residents,
    households,
    advanceTo,
    episode: (dwelling, day) => {
      const episodes = dwellings[dwelling]!;
      for (let at = episodes.length - 1; at > 0; at--) if (episodes[at]!.from <= day) return episodes[at]!;
      return episodes[0]!;
    },
    lastChange: (dwelling, day) => {
      const episodes = dwellings[dwelling]!;
      for (let at = episodes.length - 1; at >= 0; at--) {
        const episode = episodes[at]!;
        if (episode.from > day) continue;
        let last = episode.from;
        for (const index of episode.households) {
          const { changes } = households[index]!;
          for (let c = changes.length - 1; c >= 0; c--) {
            if (changes[c]! > day) continue;
            if (changes[c]! > last) last = changes[c]!;
            break;
          }
        }
        return last;
      }
      return 0;
    },
  };
}

/** Yearly chance of death by age in days. */
function mortality(ageDays: number): number {
  const years = ageDays / 365.25;
  if (years < 60) return 0.0005;
  if (years < 70) return 0.005;
  if (years < 80) return 0.013;
  return 0.048 + (years - 80) * 0.005;
}
