const DAY_MS = 86_400_000;
/** 9999-12-31, the last day Excel knows, in the 1900 system. */
const LAST_SERIAL = 2_958_466;
/** Days from 1899-12-30 to 1970-01-01. */
const EPOCH_1900 = 25_569;
/** Days from 1904-01-01 to 1970-01-01. */
const EPOCH_1904 = 24_107;

/**
 * A serial number as a Date whose UTC fields are what the cell shows (a cell has no time zone), to the millisecond;
 * undefined when it is no day Excel can show. The 1900 system believes in 1900-02-29 (serial 60, read as 02-28), so
 * serials below 60 are one day later than the rule for the rest; a bare time is on 1899-12-31.
 *
 * @example serialToDate(45292, false) // 2024-01-01T00:00:00.000Z
 */
export function serialToDate(serial: number, date1904: boolean): Date | undefined {
  if (!(serial >= 0 && serial < LAST_SERIAL)) return undefined;
  const days = date1904 ? serial - EPOCH_1904 : serial < 60 ? serial + 1 - EPOCH_1900 : serial - EPOCH_1900;
  return new Date(Math.round(days * DAY_MS));
}

/** The serial number of a Date's UTC fields, in the 1900 system; NaN before 1900-01-01 and after 9999-12-31. */
export function dateToSerial(ms: number): number {
  const days = ms / DAY_MS + EPOCH_1900;
  const serial = days < 61 ? days - 1 : days;
  return serial >= 1 && serial < LAST_SERIAL ? serial : Number.NaN;
}
