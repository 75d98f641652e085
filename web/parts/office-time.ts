/** The office's zone, as the API writes it: Asia/Shanghai, without daylight saving. */
const OFFSET = '+08:00';
const OFFSET_MS = 8 * 3_600_000;

/** What the clock on the office's wall shows, whatever zone this computer is set to. */
export interface OfficeTime {
  /** `2026-11-22` */
  readonly date: string;
  /** `17:00` */
  readonly time: string;
}

/** @example officeTime(new Date('2026-11-22T16:30:00Z')) // { date: '2026-11-23', time: '00:30' } */
export function officeTime(at: Date): OfficeTime {
  const text = new Date(at.getTime() + OFFSET_MS).toISOString();
  return { date: text.slice(0, 10), time: text.slice(11, 16) };
}

/**
 * The instant of a time of the API. One without a zone, as the warehouse's columns have, is the office's.
 *
 * @example instantOf('2026-11-22 09:30:00').toISOString() // '2026-11-22T01:30:00.000Z'
 */
export function instantOf(text: string): Date {
  const zoned = text.length <= 10 || /(?:Z|[+-]\d\d:?\d\d)$/.test(text);
  return new Date(zoned ? text : `${text.replace(' ', 'T')}${OFFSET}`);
}

/**
 * What was chosen in a `datetime-local` field, as the API takes it: the office's time, not the computer's.
 *
 * @example officeTimestamp('2026-11-25T17:00') // '2026-11-25T17:00:00+08:00'
 */
export function officeTimestamp(field: string): string {
  return `${field.length === 16 ? `${field}:00` : field}${OFFSET}`;
}
