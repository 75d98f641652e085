import type { TFunction } from 'i18next';

/** `11月22日 17:00`; the year only where it is another one. */
export function shortTime(iso: string, now = new Date()): string {
  const at = new Date(iso);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  const year = at.getFullYear() === now.getFullYear() ? '' : `${at.getFullYear()}-`;
  const today = at.toDateString() === now.toDateString();
  return today ? time : `${year}${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

/** How long until a deadline, and whether it presses. */
export function timeLeft(t: TFunction, iso: string, now = new Date()): { text: string; tone: 'over' | 'stale' | '' } {
  const minutes = Math.round((new Date(iso).getTime() - now.getTime()) / 60_000);
  if (minutes < 0) return { text: t('tasks.left.over', { text: span(t, -minutes) }), tone: 'over' };
  const [unit, n] = parts(minutes);
  return { text: t(`tasks.left.${unit}`, { n }), tone: minutes < 24 * 60 ? 'stale' : '' };
}

/** How long ago something was. */
export function ago(t: TFunction, iso: string, now = new Date()): string {
  const minutes = Math.floor((now.getTime() - new Date(iso).getTime()) / 60_000);
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

function two(n: number): string {
  return String(n).padStart(2, '0');
}

/** `12,345` */
export function grouped(n: number): string {
  return n.toLocaleString('en-US');
}

export function percent(share: number): string {
  return (share * 100).toFixed(share > 0.999 || share === 0 ? 0 : 1);
}
