import type { Message } from '../../core/errors.ts';

/** 三圈: how grave it is. */
export type Ring = 'warning' | 'control' | 'core';

export const RING_TITLES: Readonly<Record<Ring, Message>> = {
  warning: { zh: '预警圈（黄）', en: 'warning ring (yellow)' },
  control: { zh: '管控圈（橙）', en: 'control ring (orange)' },
  core: { zh: '核心圈（红）', en: 'core ring (red)' },
};
