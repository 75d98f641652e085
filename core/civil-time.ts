/** Civil time of the product: Asia/Shanghai, UTC+8 without daylight saving. */
export const CIVIL_OFFSET_MS = 8 * 3_600_000;

/** `2026-11-22T09:30:00+08:00` */
export function civilTimestamp(at: Date): string {
  return `${new Date(at.getTime() + CIVIL_OFFSET_MS).toISOString().slice(0, 19)}+08:00`;
}

/** `2026-11-22` */
export function civilDate(at: Date): string {
  return new Date(at.getTime() + CIVIL_OFFSET_MS).toISOString().slice(0, 10);
}

/** `2026-11-22 09:30:00`, the form of the warehouse's TIMESTAMP columns. */
export function civilTime(at: Date): string {
  return new Date(at.getTime() + CIVIL_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ');
}
