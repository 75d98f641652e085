import type { Template } from '../api-types.ts';
import { officeTime } from '../parts/office-time.ts';

export interface PeriodChoice {
  readonly value: string;
  readonly label: string;
}

const TWO = (n: number): string => String(n).padStart(2, '0');

/** The period of the office's today and the ones before it, newest first, in the texts that the API takes. */
export function periodChoices(kind: Template['periodKind'], today: Date): PeriodChoice[] {
  return Array.from({ length: 6 }, (_unused, back) => earlier(kind, today, back));
}

function earlier(kind: Template['periodKind'], today: Date, back: number): PeriodChoice {
  const [year = 0, monthOfYear = 1, day = 1] = officeTime(today).date.split('-').map(Number);
  const month = monthOfYear - 1;
  switch (kind) {
    case 'year':
      return { value: String(year - back), label: `${year - back}年` };
    case 'quarter': {
      const index = year * 4 + Math.floor(month / 3) - back;
      const [y, q] = [Math.floor(index / 4), (index % 4) + 1];
      return { value: `${y}-Q${q}`, label: `${y}年第${q}季度` };
    }
    case 'month': {
      const index = year * 12 + month - back;
      const [y, m] = [Math.floor(index / 12), (index % 12) + 1];
      return { value: `${y}-${TWO(m)}`, label: `${y}年${m}月` };
    }
    case 'week': {
      const [y, w] = isoWeek(new Date(Date.UTC(year, month, day - 7 * back)));
      return { value: `${y}-W${TWO(w)}`, label: `${y}年第${w}周` };
    }
    case 'day': {
      const value = new Date(Date.UTC(year, month, day - back)).toISOString().slice(0, 10);
      return { value, label: value };
    }
  }
}

/** ISO 8601: a week belongs to the year of its Thursday. */
function isoWeek(date: Date): [year: number, week: number] {
  const thursday = new Date(date);
  thursday.setUTCDate(date.getUTCDate() + 3 - ((date.getUTCDay() + 6) % 7));
  const year = thursday.getUTCFullYear();
  const days = (thursday.getTime() - Date.UTC(year, 0, 1)) / 86_400_000;
  return [year, 1 + Math.floor(days / 7)];
}
