import type { Theme } from '../core/catalogue.ts';
import type { Message } from '../core/errors.ts';

export type Scalar = string | number | boolean | null;

export interface StatisticEntry {
  readonly name: string;
  readonly title: Message;
  readonly theme: Theme | null;
  readonly note: Message | null;
}

export interface StatisticTable {
  readonly name: string;
  readonly title: Message;
  readonly publicationId: string;
  readonly publishedAt: string;
  readonly dimensions: { readonly id: string; readonly title: Message }[];
  readonly measures: { readonly id: string; readonly title: Message; readonly unit: string | null }[];
  /** Dimension values first, then measures; a count of people that is null is suppressed. */
  readonly rows: Scalar[][];
  readonly chart: 'bar' | 'line' | 'none';
  /** How many counts are suppressed. */
  readonly suppressed: number;
}
