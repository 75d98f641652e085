import { type Calendar, secondOf } from '../calendar.ts';
import { between, chance, mix, unit, weighted } from '../random.ts';
import { createDaily, type Daily, secondOfDay } from './daily.ts';
import type { Geography } from './geography.ts';

export interface PoliceIncidentTruth {
  readonly incident_no: string;
  readonly category: string;
  readonly occurred_at: string;
  readonly address: string;
  readonly grid_path: string;
  readonly severity: number;
  readonly closed_at: string | null;
}

export interface PoliceIncidents extends Daily {
  no(ordinal: number): string;
  lastStep(ordinal: number, second: number): number;
  at(ordinal: number, second: number): PoliceIncidentTruth | null;
}

const CATEGORIES = ['求助', '纠纷', '交通', '噪声扰民', '盗窃', '治安', '电信网络诈骗', '刑事'] as const;
const SHARES = [0.27, 0.22, 0.19, 0.13, 0.08, 0.06, 0.035];
const SEVERITY = { 求助: 1, 纠纷: 2, 交通: 2, 噪声扰民: 1, 盗窃: 3, 治安: 3, 电信网络诈骗: 3, 刑事: 4 } as const;

/** Calls to the police: 20,000 a year at scale 1. */
export function createPoliceIncidents(
  seed: number,
  scale: number,
  calendar: Calendar,
  geography: Geography,
  start: number,
): PoliceIncidents {
  const salt = mix(seed, 82);
  const daily = createDaily(start, (day) => Math.max(1, Math.round(54.8 * scale * (0.8 + 0.4 * unit(mix(salt, day))))));
  const dayCount = (day: number) => daily.countTo(day) - daily.countTo(day - 1);

  function times(ordinal: number): { hash: number; day: number; sequence: number; occurred: number; closed: number } {
    const { day, sequence } = daily.locate(ordinal);
    const hash = mix(mix(salt, day), sequence + 1);
    const occurred = secondOf(day) + secondOfDay((sequence + unit(hash)) / dayCount(day));
    const minutes = chance(mix(hash, 1), 0.8) ? between(mix(hash, 2), 20, 240) : between(mix(hash, 2), 600, 20_000);
    return { hash, day, sequence, occurred, closed: occurred + minutes * 60 };
  }

  return {
    ...daily,
    no: (ordinal) => {
      const { day, sequence } = daily.locate(ordinal);
      return incidentNo(calendar, day, sequence);
    },
    lastStep: (ordinal, second) => {
      const { occurred, closed } = times(ordinal);
      return closed <= second ? closed : occurred <= second ? occurred : 0;
    },
    at: (ordinal, second) => {
      const { hash, day, sequence, occurred, closed } = times(ordinal);
      if (occurred > second) return null;
      const category = CATEGORIES[weighted(mix(hash, 3), SHARES)]!;
      const grid = Math.floor(unit(mix(hash, 4)) ** 1.3 * geography.grids.length);
      return {
        incident_no: incidentNo(calendar, day, sequence),
        category,
        occurred_at: calendar.stamp(occurred),
        address: `${geography.grids[grid]!.street}${between(mix(hash, 5), 1, 1999)}号`,
        grid_path: geography.grids[grid]!.path,
        severity: Math.min(5, SEVERITY[category] + (chance(mix(hash, 6), 0.1) ? 1 : 0)),
        closed_at: closed <= second ? calendar.stamp(closed) : null,
      };
    },
  };
}

function incidentNo(calendar: Calendar, day: number, sequence: number): string {
  return `JQ310199${calendar.compactDate(day)}${String(sequence + 1).padStart(4, '0')}`;
}
