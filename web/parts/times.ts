import type { TFunction } from 'i18next';
import { instantOf, officeTime } from './office-time.ts';

/** In the office's zone: `17:00` of today, `11-22 17:00` of this year, `2025-11-22 17:00` before. */
export function shortTime(iso: string, now = new Date()): string {
  const at = officeTime(instantOf(iso));
  const today = officeTime(now);
  if (at.date === today.date) return at.time;
  return `${at.date.startsWith(today.date.slice(0, 5)) ? at.date.slice(5) : at.date} ${at.time}`;
}

/** How long until a deadline, and whether it presses. */
export function timeLeft(t: TFunction, iso: string, now = new Date()): { text: string; tone: 'over' | 'stale' | '' } {
  const minutes = Math.round((instantOf(iso).getTime() - now.getTime()) / 60_000);
  if (minutes < 0) return { text: t('tasks.left.over', { text: span(t, -minutes) }), tone: 'over' };
  const [unit, n] = parts(minutes);
  return { text: t(`tasks.left.${unit}`, { n }), tone: minutes < 24 * 60 ? 'stale' : '' };
}

/** How long ago something was. */
export function ago(t: TFunction, iso: string, now = new Date()): string {
  const minutes = Math.floor((now.getTime() - instantOf(iso).getTime()) / 60_000);
  if (minutes < 1) return t('duty.ago.seconds');
  const [unit, n] = parts(minutes);
  return t(`duty.ago.${unit}`, { n });
}

function span(t: TFunction, minutes: number): string {
  const [unit, n] = parts(minutes);
  return t(`tasks.span.${unit}`, { n });
}

function parts(minutes: number): ['minutes' | 'hours' | 'days', number] {
  if (minutes < 60) return ['minutes', minutes];
  if (minutes < 48 * 60) return ['hours', Math.floor(minutes / 60)];
  return ['days', Math.floor(minutes / (24 * 60))];
}

/** `12,345` */
export function grouped(n: number): string {
  return n.toLocaleString('en-US');
}

export function percent(share: number): string {
  return (share * 100).toFixed(share > 0.999 || share === 0 ? 0 : 1);
}
