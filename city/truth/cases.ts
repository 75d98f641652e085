import { type Calendar, secondOf, weekday } from '../calendar.ts';
import { between, chance, mix, pick, unit, weighted } from '../random.ts';
import { createDaily, type Daily, secondOfDay } from './daily.ts';
import type { Geography } from './geography.ts';

export interface CaseTruth {
  readonly case_no: string;
  readonly category: string;
  readonly subcategory: string;
  readonly case_source: string;
  readonly address: string;
  readonly grid_path: string;
  readonly lng: number;
  readonly lat: number;
  readonly reported_at: string;
  readonly accepted_at: string | null;
  readonly dispatched_at: string | null;
  readonly handled_at: string | null;
  readonly closed_at: string | null;
  readonly department: string;
  readonly case_status: string;
  readonly satisfaction: string | null;
  readonly overdue: string;
}

export interface Cases extends Daily {
  no(ordinal: number): string;
  /** Second of the last step a case has taken up to `second`; 0 before it is reported. */
  lastStep(ordinal: number, second: number): number;
  at(ordinal: number, second: number): CaseTruth | null;
}

const KINDS: readonly { category: string; department: string; share: number; subcategories: readonly string[] }[] = [
  {
    category: '市容环境',
    department: '城管中队',
    share: 0.34,
    subcategories: ['暴露垃圾', '占道经营', '乱设摊点', '乱张贴', '绿化破坏'],
  },
  {
    category: '市政设施',
    department: '城建中心',
    share: 0.16,
    subcategories: ['道路破损', '井盖缺失', '路灯不亮', '护栏损坏'],
  },
  {
    category: '民生服务',
    department: '社区事务受理中心',
    share: 0.14,
    subcategories: ['物业服务', '供水供电', '电梯故障', '老旧小区改造'],
  },
  {
    category: '安全隐患',
    department: '平安办',
    share: 0.12,
    subcategories: ['电动车违规充电', '消防通道堵塞', '燃气隐患', '高空坠物'],
  },
  { category: '矛盾纠纷', department: '司法所', share: 0.1, subcategories: ['邻里纠纷', '物业纠纷', '租赁纠纷'] },
  { category: '公共秩序', department: '派出所', share: 0.08, subcategories: ['噪声扰民', '群租举报', '违停'] },
  { category: '违法建设', department: '城管中队', share: 0.04, subcategories: ['违章搭建', '破坏承重墙'] },
  { category: '突发事件', department: '应急管理办', share: 0.02, subcategories: ['积水', '水管爆裂', '树木倒伏'] },
];
const SHARES = KINDS.map((kind) => kind.share);
/** Hours within which a case must be closed. */
const LIMIT_HOURS = 72;

/** Grid cases: 60,000 a year at scale 1, each of which goes from report to close in minutes to weeks. */
export function createCases(
  seed: number,
  scale: number,
  calendar: Calendar,
  geography: Geography,
  start: number,
): Cases {
  const salt = mix(seed, 81);
  const daily = createDaily(start, (day) => {
    const busy = weekday(day) >= 5 ? 0.8 : 1.08;
    return Math.max(1, Math.round(164.4 * scale * busy * (0.85 + 0.3 * unit(mix(salt, day)))));
  });
  const dayCount = (day: number) => daily.countTo(day) - daily.countTo(day - 1);

  function steps(ordinal: number): { hash: number; day: number; sequence: number; times: number[] } {
    const { day, sequence } = daily.locate(ordinal);
    const hash = mix(mix(salt, day), sequence + 1);
    const reported = secondOf(day) + secondOfDay((sequence + unit(hash)) / dayCount(day));
    const slow = chance(mix(hash, 1), 0.05) ? 12 : 1;
    const accepted = reported + 60 * between(mix(hash, 2), 4, 110);
    const dispatched = accepted + 60 * between(mix(hash, 3), 3, 90);
    const handled = dispatched + 60 * slow * between(mix(hash, 4), 40, 2_400);
    const closed = handled + 60 * between(mix(hash, 5), 30, 900);
    const rated = closed + 3600 * between(mix(hash, 6), 2, 96);
    return { hash, day, sequence, times: [reported, accepted, dispatched, handled, closed, rated] };
  }

  return {
    ...daily,
    no: (ordinal) => {
      const { day, sequence } = daily.locate(ordinal);
      return caseNo(calendar, day, sequence);
    },
    lastStep: (ordinal, second) => {
      const { times, hash } = steps(ordinal);
      for (let at = times.length - 1; at >= 0; at--) {
        if (at === 5 && !isRated(hash)) continue;
        if (times[at]! <= second) return times[at]!;
      }
      return 0;
    },
    at: (ordinal, second) => {
      const { hash, day, sequence, times } = steps(ordinal);
      if (times[0]! > second) return null;
      const kind = KINDS[weighted(mix(hash, 10), SHARES)]!;
      const grid = Math.floor(unit(mix(hash, 11)) * geography.grids.length);
      const point = geography.point(grid, mix(hash, 12));
      const when = (at: number) => (times[at]! <= second ? calendar.stamp(times[at]!) : null);
      const rated = isRated(hash) && times[5]! <= second;
      const stage = rated ? 5 : times.findLastIndex((time, at) => at < 5 && time <= second);
      const closedBy = Math.min(times[4]!, second);
      return {
        case_no: caseNo(calendar, day, sequence),
        category: kind.category,
        subcategory: pick(mix(hash, 13), kind.subcategories),
        case_source: (['监督员', '公众', '视频', '上级'] as const)[weighted(mix(hash, 14), [0.52, 0.3, 0.13])]!,
        address: `${geography.grids[grid]!.street}${between(mix(hash, 15), 1, 1999)}号`,
        grid_path: geography.grids[grid]!.path,
        lng: point.lng,
        lat: point.lat,
        reported_at: calendar.stamp(times[0]!),
        accepted_at: when(1),
        dispatched_at: when(2),
        handled_at: when(3),
        closed_at: when(4),
        department: kind.department,
        case_status: (['采集', '立案', '派遣', '处理', '核查结案', '评价'] as const)[stage]!,
        satisfaction: rated ? (['满意', '基本满意', '不满意'] as const)[weighted(mix(hash, 16), [0.82, 0.13])]! : null,
        overdue: closedBy - times[0]! > LIMIT_HOURS * 3600 ? '是' : '否',
      };
    },
  };
}

function isRated(hash: number): boolean {
  return chance(mix(hash, 7), 0.4);
}

function caseNo(calendar: Calendar, day: number, sequence: number): string {
  return `AJ${calendar.compactDate(day)}${String(sequence + 1).padStart(4, '0')}`;
}
