/**
 * Civil time as plain numbers: a day is a count of days since 1970-01-01, a second a count since 1970-01-01T00:00 local.
 * The city makes millions of dates, so the texts of days are kept.
 */
export const DAY_SECONDS = 86_400;
const OFFSET_MS = 8 * 3_600_000;

/** `2026-11-22` → 20779 */
export function dayOf(date: string): number {
  return Math.floor(Date.parse(`${date}T00:00:00Z`) / 86_400_000);
}

/** The civil second of an instant. */
export function civilSecond(at: Date): number {
  return Math.floor((at.getTime() + OFFSET_MS) / 1000);
}

/** The instant of a civil second. */
export function instantOf(second: number): Date {
  return new Date(second * 1000 - OFFSET_MS);
}

export function secondOf(day: number): number {
  return day * DAY_SECONDS;
}

export function dayOfSecond(second: number): number {
  return Math.floor(second / DAY_SECONDS);
}

const EARLIEST = dayOf('1900-01-01');

/** Texts of dates and times, remembered by day and by second of the day. */
export interface Calendar {
  /** `2026-11-22` */
  date(day: number): string;
  /** `20261122` */
  compactDate(day: number): string;
  /** `2026-11-22T09:30:00+08:00` */
  stamp(second: number): string;
  /** `2026-11-22 09:30:00` */
  time(second: number): string;
  /** `20261122093000` */
  compactTime(second: number): string;
  /** `2026-11` */
  month(day: number): string;
}

export function createCalendar(): Calendar {
  const dates: (string | undefined)[] = [];
  const compactDates: (string | undefined)[] = [];
  const date = (day: number) => {
    const at = day - EARLIEST;
    const known = dates[at];
    if (known !== undefined) return known;
    const text = new Date(day * 86_400_000).toISOString().slice(0, 10);
    dates[at] = text;
    return text;
  };
  const compactDate = (day: number) => {
    const at = day - EARLIEST;
    const known = compactDates[at];
    if (known !== undefined) return known;
    const text = date(day).replaceAll('-', '');
    compactDates[at] = text;
    return text;
  };
  const two = Array.from({ length: 60 }, (_, at) => String(at).padStart(2, '0'));
  const clock = (second: number, separator: string) => {
    const of = second % DAY_SECONDS;
    const hour = Math.floor(of / 3600);
    const minute = Math.floor((of % 3600) / 60);
    return `${two[hour]}${separator}${two[minute]}${separator}${two[of % 60]}`;
  };
  return {
    date,
    compactDate,
    stamp: (second) => `${date(dayOfSecond(second))}T${clock(second, ':')}+08:00`,
    time: (second) => `${date(dayOfSecond(second))} ${clock(second, ':')}`,
    compactTime: (second) => `${compactDate(dayOfSecond(second))}${clock(second, '')}`,
    month: (day) => date(day).slice(0, 7),
  };
}

/** Day of month (1–31), month (1–12) and year of a day. */
export function partsOf(day: number): { year: number; month: number; date: number } {
  const at = new Date(day * 86_400_000);
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, date: at.getUTCDate() };
}

/** First day of the month that lies `shift` months after the month of `day`. */
export function monthStart(day: number, shift = 0): number {
  const { year, month } = partsOf(day);
  return Math.floor(Date.UTC(year, month - 1 + shift, 1) / 86_400_000);
}

/** Day of week, Monday = 0. */
export function weekday(day: number): number {
  return (day + 3) % 7;
}

/** Years completed between two days (365.25-day years: the age of a person to the day is not needed). */
export function yearsBetween(from: number, to: number): number {
  return Math.floor((to - from) / 365.25);
}
