import { FillOnceError } from './errors.ts';

export type PeriodKind = 'day' | 'week' | 'month' | 'quarter' | 'year';

/** A reporting period: `2026-11-22`, `2026-W47` (ISO week), `2026-11`, `2026-Q4`, `2026`. Dates are local civil dates. */
export interface Period {
  readonly kind: PeriodKind;
  readonly text: string;
  /** First day, `YYYY-MM-DD`. */
  readonly start: string;
  /** First day after the period, `YYYY-MM-DD`. */
  readonly end: string;
}

const DAY_MS = 86_400_000;

/**
 * Reads a period from its text.
 *
 * @throws FillOnceError `core.period` for text that names none.
 */
export function parsePeriod(text: string): Period {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (day) {
    const start = utc(Number(day[1]), Number(day[2]), Number(day[3]));
    if (iso(start) === text) return period('day', text, start, start + DAY_MS);
  }
  const week = /^(\d{4})-W(\d{2})$/.exec(text);
  if (week && Number(week[2]) >= 1) {
    const start = isoWeekStart(Number(week[1]), Number(week[2]));
    if (isoWeekText(start) === text) return period('week', text, start, start + 7 * DAY_MS);
  }
  const month = /^(\d{4})-(\d{2})$/.exec(text);
  if (month && Number(month[2]) >= 1 && Number(month[2]) <= 12) {
    const [y, m] = [Number(month[1]), Number(month[2])];
    return period('month', text, utc(y, m, 1), utc(y, m + 1, 1));
  }
  const quarter = /^(\d{4})-Q([1-4])$/.exec(text);
  if (quarter) {
    const [y, m] = [Number(quarter[1]), (Number(quarter[2]) - 1) * 3 + 1];
    return period('quarter', text, utc(y, m, 1), utc(y, m + 3, 1));
  }
  const year = /^\d{4}$/.exec(text);
  if (year) return period('year', text, utc(Number(text), 1, 1), utc(Number(text) + 1, 1, 1));
  throw new FillOnceError({
    code: 'core.period',
    status: 400,
    message: {
      zh: `“${text}”不是有效的报告期；请写成 2026-11-22、2026-W47、2026-11、2026-Q4 或 2026。`,
      en: `'${text}' is not a period; write 2026-11-22, 2026-W47, 2026-11, 2026-Q4 or 2026.`,
    },
    details: { where: text },
  });
}

/** The period of a kind that holds a local civil date (`YYYY-MM-DD`). */
export function periodOf(kind: PeriodKind, date: string): Period {
  const [y, m] = [Number(date.slice(0, 4)), Number(date.slice(5, 7))];
  if (kind === 'day') return parsePeriod(date);
  if (kind === 'week') return parsePeriod(isoWeekText(utc(y, m, Number(date.slice(8, 10)))));
  if (kind === 'month') return parsePeriod(date.slice(0, 7));
  if (kind === 'quarter') return parsePeriod(`${date.slice(0, 4)}-Q${Math.ceil(m / 3)}`);
  return parsePeriod(date.slice(0, 4));
}

/** The period `count` steps later (earlier when negative). */
export function shiftPeriod(from: Period, count: number): Period {
  const [y, m, d] = [Number(from.start.slice(0, 4)), Number(from.start.slice(5, 7)), Number(from.start.slice(8, 10))];
  if (from.kind === 'day') return parsePeriod(iso(utc(y, m, d + count)));
  if (from.kind === 'week') return periodOf('week', iso(utc(y, m, d + 7 * count)));
  if (from.kind === 'month') return periodOf('month', iso(utc(y, m + count, 1)));
  if (from.kind === 'quarter') return periodOf('quarter', iso(utc(y, m + 3 * count, 1)));
  return parsePeriod(String(y + count));
}

/** The period as it is written in Chinese forms: `2026年11月`, `2026年第4季度`. */
export function periodTitle(of: Period): string {
  const [y, m, d] = [of.start.slice(0, 4), Number(of.start.slice(5, 7)), Number(of.start.slice(8, 10))];
  if (of.kind === 'day') return `${y}年${m}月${d}日`;
  if (of.kind === 'week') return `${of.text.slice(0, 4)}年第${Number(of.text.slice(6))}周`;
  if (of.kind === 'month') return `${y}年${m}月`;
  if (of.kind === 'quarter') return `${y}年第${Math.ceil(m / 3)}季度`;
  return `${y}年`;
}

/** The months (`YYYY-MM`) that a period of month or longer covers. */
export function monthsOf(of: Period): string[] {
  const months: string[] = [];
  for (let at = of.start.slice(0, 7); at < of.end.slice(0, 7); at = shiftPeriod(parsePeriod(at), 1).text)
    months.push(at);
  return months;
}

function period(kind: PeriodKind, text: string, start: number, end: number): Period {
  return { kind, text, start: iso(start), end: iso(end) };
}

function utc(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day);
}

function iso(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function isoWeekStart(year: number, week: number): number {
  const fourth = utc(year, 1, 4);
  const weekday = (new Date(fourth).getUTCDay() + 6) % 7;
  return fourth - weekday * DAY_MS + (week - 1) * 7 * DAY_MS;
}

function isoWeekText(ms: number): string {
  const thursday = ms + (3 - ((new Date(ms).getUTCDay() + 6) % 7)) * DAY_MS;
  const year = new Date(thursday).getUTCFullYear();
  const week = 1 + Math.floor((ms - isoWeekStart(year, 1)) / (7 * DAY_MS));
  return `${year}-W${String(week).padStart(2, '0')}`;
}
