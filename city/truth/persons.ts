import { type Calendar, yearsBetween } from '../calendar.ts';
import { chance, lastChange, mix, pick, weighted } from '../random.ts';
import { INSURANCES, OCCUPATIONS, OTHER_REGIONS, STREETS, TOWNS } from '../vocabulary.ts';
import { mobile } from './geography.ts';
import { type Household, headAt, homeAt, isPresent, latest, membersAt, type Resident, type Role } from './residents.ts';
import type { Settlement } from './settlement.ts';

export interface PersonTruth {
  readonly id_no: string;
  readonly name: string;
  readonly gender: string;
  readonly birth_date: string;
  readonly ethnicity: string;
  readonly hukou_type: string;
  readonly hukou_address: string;
  readonly phone: string;
  readonly household_no: string;
  readonly relation_to_head: string;
  readonly dwelling_code: string;
  readonly grid_path: string;
  readonly residence_status: string;
  readonly move_in_date: string;
  readonly education: string;
  readonly marital_status: string;
  readonly occupation: string;
  readonly employer: string;
  readonly political_status: string;
  readonly lives_alone: string;
  readonly death_date: string | null;
  readonly assistance_type: string | null;
  readonly assistance_no: string | null;
  readonly assistance_amount: number | null;
  readonly disability_category: string | null;
  readonly disability_level: string | null;
  readonly disability_no: string | null;
  readonly elder_allowance: number | null;
  readonly medical_insurance: string;
  readonly last_visit_date: string | null;
}

/** What can change about a person, as bits: a source is told only of what it shows. */
export const PERSON_CHANGE = {
  home: 1,
  phone: 2,
  hukou: 4,
  residence: 8,
  education: 16,
  marital: 32,
  work: 64,
  political: 128,
  insurance: 256,
  assistance: 512,
  allowance: 1024,
} as const;

const RATES = {
  phone: 0.06,
  hukou: 0.008,
  residence: 0.05,
  education: 0.01,
  marital: 0.02,
  work: 0.09,
  political: 0.006,
  insurance: 0.02,
  assistance: 0.06,
} as const;
type Slot = keyof typeof RATES;
const SLOTS = Object.keys(RATES) as Slot[];

export interface Persons {
  /** The person as on `day`; the dead as on the day of their death. Null before they came and once they have left. */
  at(index: number, day: number): PersonTruth | null;
  lastChange(index: number, day: number, mask: number): number;
  phone(index: number, day: number): string;
  phoneChange(index: number, day: number): number;
  /** Whether the household draws social assistance. */
  lowIncome(household: Household, day: number): boolean;
  lowIncomeChange(household: Household, day: number): number;
  isDisabled(index: number): boolean;
}

export interface PersonsParts {
  readonly seed: number;
  readonly calendar: Calendar;
  readonly settlement: Settlement;
  /** No change is older than this day. */
  readonly floor: number;
  readonly householdNo: (index: number) => string;
  readonly dwellingCode: (index: number) => string;
  readonly dwellingAddress: (index: number) => string;
  readonly gridPath: (dwelling: number) => string;
  /** Day of the last visit by the grid worker, 0 for none. */
  readonly lastVisit: (index: number, day: number) => number;
  readonly employer: (hash: number) => string;
}

export function createPersons(parts: PersonsParts): Persons {
  const { calendar, settlement, floor } = parts;
  const { residents, households } = settlement;
  const salt = mix(parts.seed, 51);
  const incomeSalt = mix(parts.seed, 52);

  const own = (index: number) => mix(salt, index);
  const changed = (index: number, slot: Slot, day: number) =>
    lastChange(mix(own(index), 100 + SLOTS.indexOf(slot)), RATES[slot], day, floor);
  /** Hash of the present version of a slot. */
  const version = (index: number, slot: Slot, day: number) =>
    mix(mix(own(index), 200 + SLOTS.indexOf(slot)), changed(index, slot, day));

  /** Children are reached on the phone of the head of their household. */
  const caller = (resident: Resident, day: number) =>
    resident.birth + 14 * 365 > floor ? headAt(households[resident.household]!, day).index : resident.index;
  const phone = (index: number, day: number) => mobile(version(caller(residents[index]!, day), 'phone', day));
  const phoneChange = (index: number, day: number) => changed(caller(residents[index]!, day), 'phone', day);

  const incomeChange = (household: Household, day: number) =>
    lastChange(mix(incomeSalt, household.index), RATES.assistance, day, floor);
  const lowIncome = (household: Household, day: number) =>
    household.kind === 'family' &&
    chance(
      mix(mix(incomeSalt, household.index), incomeChange(household, day) + 1),
      household.members[0]!.local ? 0.022 : 0.002,
    );

  const ageAt = (resident: Resident, day: number) => yearsBetween(resident.birth, day);

  function work(resident: Resident, day: number): { occupation: string; employer: string } {
    const since = Math.max(changed(resident.index, 'work', day), floor);
    const age = ageAt(resident, since);
    if (age < 6) return { occupation: '学龄前儿童', employer: '无' };
    if (age < 22) return { occupation: '学生', employer: '无' };
    if (age >= (resident.female ? 55 : 60)) return { occupation: '退休', employer: '无' };
    const hash = version(resident.index, 'work', day);
    if (chance(mix(hash, 1), 0.06)) return { occupation: '无业', employer: '无' };
    const occupation = pick(hash, OCCUPATIONS);
    return { occupation, employer: occupation === '自由职业' ? '无' : parts.employer(mix(hash, 2)) };
  }

  function education(resident: Resident, day: number): string {
    const since = Math.max(changed(resident.index, 'education', day), floor);
    const age = ageAt(resident, since);
    const hash = version(resident.index, 'education', day);
    if (age < 7) return '其他';
    if (age < 13) return '小学';
    if (age < 16) return '初中';
    if (age < 19) return '高中';
    const list = ['研究生', '大学本科', '大学专科', '中专', '高中', '初中', '小学'] as const;
    return list[weighted(hash, age < 45 ? [0.1, 0.36, 0.22, 0.08, 0.1, 0.11] : [0.02, 0.1, 0.13, 0.1, 0.22, 0.3])]!;
  }

  function partnerOf(resident: Resident): Resident | undefined {
    const other: Role | undefined =
      resident.role === 'head' ? 'spouse' : resident.role === 'spouse' ? 'head' : undefined;
    return other && households[resident.household]!.members.find((member) => member.role === other);
  }

  function marital(resident: Resident, day: number): string {
    const partner = partnerOf(resident);
    if (partner) return partner.death > 0 && partner.death <= day ? '丧偶' : '已婚';
    const since = Math.max(changed(resident.index, 'marital', day), floor);
    const age = ageAt(resident, since);
    const hash = version(resident.index, 'marital', day);
    if (age < 22) return '未婚';
    if (resident.role === 'parent') return chance(hash, 0.55) ? '已婚' : '丧偶';
    if (age < 35) return (['未婚', '已婚', '离婚'] as const)[weighted(hash, [0.72, 0.25])]!;
    if (age < 60) return (['未婚', '已婚', '离婚', '丧偶'] as const)[weighted(hash, [0.25, 0.35, 0.32])]!;
    return (['丧偶', '离婚', '未婚'] as const)[weighted(hash, [0.7, 0.2])]!;
  }

  function political(resident: Resident, day: number): string {
    const age = ageAt(resident, Math.max(changed(resident.index, 'political', day), floor));
    const hash = version(resident.index, 'political', day);
    if (age < 14) return '群众';
    if (age < 28) return (['共青团员', '群众', '中共党员'] as const)[weighted(hash, [0.45, 0.5])]!;
    return (['中共党员', '民主党派', '群众'] as const)[weighted(hash, [0.14, 0.006])]!;
  }

  function hukou(resident: Resident, day: number): { type: string; address: string } {
    const since = changed(resident.index, 'hukou', day);
    const hash = version(resident.index, 'hukou', day);
    const local = resident.local || since > 0;
    if (local && since === 0) {
      const household = households[resident.household]!;
      const first = household.homes[0]!.dwelling;
      const atHome =
        household.kind === 'family' && settlement.episode(first, household.homes[0]!.from).usage === '自住';
      if (atHome) return { type: '户籍人口', address: parts.dwellingAddress(first) };
    }
    if (local) {
      const street = pick(hash, STREETS);
      return {
        type: '户籍人口',
        address: `${street}${1 + (mix(hash, 1) % 900)}弄${1 + (mix(hash, 2) % 40)}号${101 + (mix(hash, 3) % 6) * 100 + (mix(hash, 4) % 4)}室`,
      };
    }
    const region = OTHER_REGIONS[resident.region]!;
    return {
      type: '流动人口',
      address: `${region.name}${pick(mix(hash, 5), TOWNS)}${1 + (mix(hash, 6) % 30)}组${1 + (mix(hash, 7) % 120)}号`,
    };
  }

  function assistance(
    resident: Resident,
    household: Household,
    day: number,
    dead: boolean,
  ): Pick<PersonTruth, 'assistance_type' | 'assistance_no' | 'assistance_amount'> {
    if (dead || !lowIncome(household, day))
      return { assistance_type: null, assistance_no: null, assistance_amount: null };
    const since = incomeChange(household, day);
    const hash = mix(mix(incomeSalt, household.index), since + 2);
    const type = (['最低生活保障', '低收入困难家庭', '支出型贫困', '特困供养', '临时救助'] as const)[
      weighted(hash, [0.58, 0.27, 0.08, 0.04])
    ]!;
    const year = calendar.date(since > 0 ? since : floor).slice(0, 4);
    return {
      assistance_type: type,
      assistance_no: `JZ${year}${String(resident.index).padStart(7, '0')}`,
      assistance_amount: { 最低生活保障: 1595, 低收入困难家庭: 480, 支出型贫困: 800, 特困供养: 2080, 临时救助: 600 }[
        type
      ],
    };
  }

  const isDisabled = (resident: Resident) =>
    chance(mix(own(resident.index), 7), ageAt(resident, floor) > 60 ? 0.045 : 0.013);

  function disability(
    resident: Resident,
  ): Pick<PersonTruth, 'disability_category' | 'disability_level' | 'disability_no'> {
    const hash = mix(own(resident.index), 7);
    if (!isDisabled(resident)) return { disability_category: null, disability_level: null, disability_no: null };
    const category = weighted(mix(hash, 1), [0.18, 0.14, 0.03, 0.42, 0.1, 0.1]);
    const level = weighted(mix(hash, 2), [0.15, 0.25, 0.35]);
    return {
      disability_category: (['视力', '听力', '言语', '肢体', '智力', '精神', '多重'] as const)[category]!,
      disability_level: (['一级', '二级', '三级', '四级'] as const)[level]!,
      disability_no: `${resident.id}${category + 1}${level + 1}`,
    };
  }

  return {
    phone,
    phoneChange,
    lowIncome,
    lowIncomeChange: incomeChange,
    isDisabled: (index) => isDisabled(residents[index]!),
    at: (index, day) => {
      const resident = residents[index]!;
      const dead = resident.death > 0 && resident.death <= day;
      if (!dead && !isPresent(resident, day)) return null;
      if (dead && resident.from > day) return null;
      /** What the dead were is what they were on their last day. */
      const on = dead ? resident.death - 1 : day;
      const household = households[resident.household]!;
      const home = homeAt(household, on);
      const head = headAt(household, on);
      const registered = hukou(resident, on);
      const job = work(resident, on);
      const visit = parts.lastVisit(index, on);
      const own_ = own(index);
      return {
        id_no: resident.id,
        name: resident.name,
        gender: resident.female ? '女' : '男',
        birth_date: calendar.date(resident.birth),
        ethnicity: chance(mix(own_, 1), 0.975)
          ? '汉族'
          : pick(mix(own_, 2), ['回族', '土家族', '苗族', '满族', '壮族', '蒙古族', '其他']),
        hukou_type: registered.type,
        hukou_address: registered.address,
        phone: phone(index, on),
        household_no: parts.householdNo(household.index),
        relation_to_head: relation(resident, head),
        dwelling_code: parts.dwellingCode(home.dwelling),
        grid_path: parts.gridPath(home.dwelling),
        residence_status: residence(resident, on),
        move_in_date: calendar.date(Math.max(home.from, resident.from)),
        education: education(resident, on),
        marital_status: marital(resident, on),
        occupation: job.occupation,
        employer: job.employer,
        political_status: political(resident, on),
        lives_alone: membersAt(household, on).length === 1 ? '是' : '否',
        death_date: dead ? calendar.date(resident.death) : null,
        ...assistance(resident, household, on, dead),
        ...disability(resident),
        elder_allowance: allowance(yearsBetween(resident.birth, on)),
        medical_insurance: insurance(resident, on),
        last_visit_date: visit > 0 ? calendar.date(visit) : null,
      };
    },
    lastChange: (index, day, mask) => {
      const resident = residents[index]!;
      let last = 0;
      if (mask & PERSON_CHANGE.home) last = latest(households[resident.household]!.changes, day);
      if (mask & PERSON_CHANGE.phone) last = Math.max(last, phoneChange(index, day));
      for (const slot of SLOTS) {
        if (slot === 'phone' || slot === 'assistance' || !(mask & PERSON_CHANGE[slot])) continue;
        last = Math.max(last, changed(index, slot, day));
      }
      if (mask & PERSON_CHANGE.assistance) last = Math.max(last, incomeChange(households[resident.household]!, day));
      if (mask & PERSON_CHANGE.allowance) last = Math.max(last, allowanceChange(resident.birth, day));
      return last;
    },
  };

  function residence(resident: Resident, day: number): string {
    const hash = version(resident.index, 'residence', day);
    return resident.local
      ? (['在住', '人户分离', '外出'] as const)[weighted(hash, [0.92, 0.05])]!
      : (['在住', '外出'] as const)[weighted(hash, [0.97])]!;
  }

  function insurance(resident: Resident, day: number): string {
    const hash = version(resident.index, 'insurance', day);
    return INSURANCES[weighted(hash, resident.local ? [0.62, 0.32, 0.04] : [0.45, 0.45, 0.01])]!;
  }
}

/** Monthly allowance for the elderly, yuan, by age. */
function allowance(age: number): number | null {
  if (age < 65) return null;
  if (age < 70) return 75;
  if (age < 80) return 150;
  if (age < 90) return 180;
  return age < 100 ? 350 : 600;
}

function allowanceChange(birth: number, day: number): number {
  for (const age of [100, 90, 80, 70, 65]) {
    const on = Math.ceil(birth + age * 365.25);
    if (on <= day) return on;
  }
  return 0;
}

/** How a member is related to the present head, who need not be the first one. */
function relation(member: Resident, head: Resident): string {
  if (member === head) return '本人';
  const child = member.female ? '女' : '子';
  if (head.role === 'head') {
    if (member.role === 'spouse') return '配偶';
    if (member.role === 'child') return child;
    return member.role === 'parent' ? '父母' : '其他';
  }
  if (head.role === 'spouse') return member.role === 'child' ? child : '其他';
  if (head.role === 'child') return member.role === 'child' ? '兄弟姐妹' : member.role === 'parent' ? '祖父母' : '其他';
  if (head.role === 'parent') return member.role === 'parent' ? '配偶' : member.role === 'child' ? '孙辈' : '其他';
  return '其他';
}
