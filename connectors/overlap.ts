import { createHash } from 'node:crypto';
import type { Json } from '../core/json.ts';
import { lineAt, pickLines, type RecordLines } from './raw-records.ts';

/** Where an incremental pull begins, and what it has already brought from there on. */
export interface OverlapCursor {
  /** Milliseconds; null before the first record. */
  readonly from: number | null;
  /** Short hashes of the records at or after `from` that are stored already. */
  readonly seen: readonly string[];
}

/** The newest records that a cursor remembers; more would make it large. */
const REMEMBERED = 2000;
const SECOND_MS = 1000;

/**
 * A source commits a record a little after the time it writes on it, so each pull asks again for the last minutes. What
 * came before and is unchanged is left out, so that a pull of nothing new is empty.
 */
export interface Overlap {
  /**
   * The lines that are new. They come in the order of their times, so the last ones are what is remembered. `timeOf`
   * answers NaN for a record without a readable time.
   */
  take(lines: RecordLines, timeOf: (index: number) => number): RecordLines;
  /** The cursor for asking again from `fromMs` on within this pull; what came from there on will be left out. */
  step(fromMs: number): OverlapCursor;
  /** The cursor after the last page. A record dated after `nowMs` (a typing error) must not hide what comes before it. */
  finish(nowMs: number): OverlapCursor;
}

/** `timeless` makes the error for a page of which no record has a readable time: without it there is no next pull. */
export function createOverlap(start: OverlapCursor, windowMs: number, timeless: () => Error): Overlap {
  const known = new Set(start.seen);
  let newest = Number.NEGATIVE_INFINITY;
  let tail: { time: number; line: Buffer }[] = [];
  let cut = false;

  function since(fromMs: number): string[] {
    return [...new Set(tail.filter(({ time }) => time >= fromMs).map(({ line }) => shortHash(line)))];
  }

  return {
    take: (lines, timeOf) => {
      const first = Math.max(0, lines.count - REMEMBERED);
      const before = tail.length;
      for (let i = first; i < lines.count; i++) {
        const time = timeOf(i);
        if (Number.isNaN(time)) continue;
        tail.push({ time, line: lineAt(lines, i) });
        if (time > newest) newest = time;
      }
      if (lines.count > 0 && tail.length === before) throw timeless();
      if (first > 0 || tail.length > REMEMBERED) cut = true;
      tail = tail.slice(-REMEMBERED);
      return known.size === 0 ? lines : pickLines(lines, (line) => !known.has(shortHash(line)));
    },
    step: (fromMs) => {
      const seen = since(fromMs);
      for (const hash of seen) known.add(hash);
      return { from: fromMs, seen };
    },
    finish: (nowMs) => {
      if (tail.length === 0) return start;
      const high = Math.min(newest, nowMs);
      const oldest = tail[0]!.time;
      // When the window holds more than is remembered, the next pull begins after the first second that is not whole.
      const from = cut && oldest > high - windowMs ? Math.min(oldest, high) + SECOND_MS : high - windowMs;
      return { from, seen: since(from) };
    },
  };
}

/** Reads a time of day with offset, or civil time (+08:00) without; NaN for anything else. */
export function isoMs(value: Json | undefined): number {
  if (typeof value !== 'string') return Number.NaN;
  if (value.endsWith('+08:00') || value.endsWith('Z')) return Date.parse(value);
  // Postgres writes `2026-11-22 09:30:00+08`.
  const text = value
    .replace(' ', 'T')
    .replace(/([+-]\d{2})$/, (offset) => (value.includes(':') ? `${offset}:00` : offset));
  return Date.parse(/[+-]\d{2}:\d{2}$/.test(text) ? text : `${text}+08:00`);
}

/** Reads `yyyyMMddHHmmss` in civil time; NaN for anything else. */
export function compactMs(value: Json | undefined): number {
  const match = typeof value === 'string' ? /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(value) : null;
  return match
    ? Date.parse(`${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}+08:00`)
    : Number.NaN;
}

/** Twelve characters that stand for a record's text in a cursor. */
export function shortHash(line: Buffer): string {
  return createHash('sha256').update(line).digest('base64url').slice(0, 12);
}
