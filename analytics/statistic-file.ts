import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { THEMES, type Theme } from '../core/catalogue.ts';
import type { Message } from '../core/errors.ts';
import { packageRoot } from '../core/paths.ts';
import { statisticWrong } from './errors.ts';
import type { RowSum } from './suppression.ts';

export interface StatisticMeasure {
  readonly id: string;
  readonly title: Message;
  readonly unit: string | null;
  /** True for a count of people: small ones are suppressed. */
  readonly people: boolean;
}

/** One statistic: what its columns are, and the SELECT that makes them. */
export interface StatisticFile {
  readonly name: string;
  readonly title: Message;
  readonly theme: Theme;
  readonly note: Message;
  readonly chart: 'bar' | 'line' | 'none';
  readonly dimensions: readonly { readonly id: string; readonly title: Message }[];
  readonly measures: readonly StatisticMeasure[];
  /** Row sums among the measures that count people, by their index among those. */
  readonly sums: readonly RowSum[];
  /** `$1` is the scope (an org path), `$2` the civil day of the publication; columns are dimensions, then measures. */
  readonly sql: string;
}

const NOTE: Message = {
  zh: '15 人及以下的人数不显示；为防止推算，个别相邻数字也不显示。',
  en: 'Counts of 15 people or fewer are not shown, nor are the few others from which they could be worked out.',
};
const PLAIN: Message = { zh: '', en: '' };

/**
 * Reads `statistics/*.sql`: a line that says what a row is, then headers, then one SELECT.
 *
 * @throws FillOnceError `analytics.statistic.wrong` naming the file
 */
export function readStatisticFiles(
  folder = join(packageRoot(), 'analytics', 'statistics'),
): ReadonlyMap<string, StatisticFile> {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .map((name) => readOne(join(folder, name), name.slice(0, -'.sql'.length)))
    .sort((a, b) => THEMES.indexOf(a.theme) - THEMES.indexOf(b.theme) || a.name.localeCompare(b.name));
  return new Map(files.map((file) => [file.name, file]));
}

function readOne(path: string, name: string): StatisticFile {
  const lines = readFileSync(path, 'utf8').split('\n');
  const body = lines.findIndex((line) => !line.startsWith('--'));
  const headers = lines.slice(1, body).map((line) => /^-- ([a-z]+): (.+)$/.exec(line));
  const values = (key: string) => headers.flatMap((match) => (match?.[1] === key ? [match[2]!] : []));
  const one = (key: string) => {
    const [value] = values(key);
    if (value === undefined) throw statisticWrong(path, `there is no line '-- ${key}: …'`);
    return value;
  };
  const theme = THEMES.find((known) => known === one('theme'));
  if (!theme) throw statisticWrong(path, `'${one('theme')}' is no theme`);
  const chart = one('chart');
  if (chart !== 'bar' && chart !== 'line' && chart !== 'none') throw statisticWrong(path, `'${chart}' is no chart`);
  const measures = headers.flatMap((match): StatisticMeasure[] => {
    if (match?.[1] !== 'people' && match?.[1] !== 'measure') return [];
    const { id, title, rest } = columnOf(match[2]!, path);
    return [{ id, title, unit: rest[0] ?? null, people: match[1] === 'people' }];
  });
  const people = measures.filter((measure) => measure.people).map(({ id }) => id);
  const sql = lines.slice(body).join('\n').trim();
  if (!sql.includes('$1')) throw statisticWrong(path, 'it does not keep to the scope $1');
  return {
    name,
    title: { zh: one('zh'), en: one('en') },
    theme,
    note: people.length > 0 ? NOTE : PLAIN,
    chart,
    dimensions: values('dimension').map((text) => columnOf(text, path)),
    measures,
    sums: values('sum').map((text) => sumOf(text, people, path)),
    sql,
  };
}

/** `persons | 人数 | people | 人` */
function columnOf(text: string, path: string) {
  const [id, zh, en, ...rest] = text.split('|').map((part) => part.trim());
  if (!id || !zh || !en) throw statisticWrong(path, `'${text}' is not 'id | 中文 | English'`);
  return { id, title: { zh, en }, rest };
}

/** `persons = male + female` */
function sumOf(text: string, people: readonly string[], path: string): RowSum {
  const [total, ...parts] = text.split(/[=+]/).map((part) => people.indexOf(part.trim()));
  if (total === undefined || parts.length < 2 || total < 0 || parts.includes(-1)) {
    throw statisticWrong(path, `'${text}' does not add up counts of people`);
  }
  return { total, parts };
}
