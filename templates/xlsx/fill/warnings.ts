import type { Message } from '../../../core/errors.ts';
import type { FillWarning } from './data.ts';

export interface Warnings {
  add(code: FillWarning['code'], where: string): void;
  list(): FillWarning[];
}

const TEXTS: Readonly<Record<FillWarning['code'], (where: string, more: number) => Message>> = {
  valueDropped: (where, more) => ({
    zh: `${where}${and(more, '处')}的公式结果未保留，打开文件时由 Excel 重新计算。`,
    en: `The kept result of the formula at ${where}${others(more)} was dropped; Excel computes it when the file is opened.`,
  }),
  rangeWidened: (where, more) => ({
    zh: `${where}${and(more, '处')}的公式引用了样例中的部分行，已扩大为整个区域，请核对。`,
    en: `The formula at ${where}${others(more)} refers to some lines of the sample and now covers all of them; check it.`,
  }),
  placeholder: (where, more) => ({
    zh: `占位符 ${where}${and(more, '个')}没有对应的值，保持原样。`,
    en: `The placeholder ${where}${others(more)} has no value and was left as it is.`,
  }),
  columnRenamed: (where, more) => ({
    zh: `表格列标题“${where}”${and(more, '处')}重复，已加上序号。`,
    en: `The table column “${where}”${others(more)} was there twice and got a number.`,
  }),
};

/** Gathers warnings, one for each kind with the first place and the number of others. */
export function createWarnings(): Warnings {
  const first = new Map<FillWarning['code'], { where: string; count: number }>();
  return {
    add: (code, where) => {
      const known = first.get(code);
      if (known) known.count++;
      else first.set(code, { where, count: 1 });
    },
    list: () => [...first].map(([code, { where, count }]) => ({ code, where, message: TEXTS[code](where, count - 1) })),
  };
}

function and(more: number, unit: string): string {
  return more > 0 ? `等 ${more + 1} ${unit}` : '';
}

function others(more: number): string {
  return more > 0 ? ` (and ${more} more)` : '';
}
