import { civilDate, type PublicationId } from '../core/index.ts';
import type { Campaign } from '../store/index.ts';
import {
  type EarlierState,
  historyName,
  type PublicationManifest,
  type SqlSession,
  VALID_FROM,
} from '../warehouse/index.ts';
import { ident } from '../warehouse/sql-text.ts';
import { stateUnknown, tooEarly } from './errors.ts';
import { confirmationCode } from './form.ts';
import type { FormPlan } from './plan.ts';
import { prefillSql } from './prefill-sql.ts';

/** The day at whose end the values of a campaign were known, when it had passed as the campaign was created; else null. */
export function earlierDay({ asOf, createdAt }: Pick<Campaign, 'asOf' | 'createdAt'>): string | null {
  return asOf < civilDate(createdAt) ? asOf : null;
}

/** The publication as a campaign reads it, at its prefill and at every merge: as of its earlier day, or as it is. */
export function stateFor(
  campaign: Pick<Campaign, 'asOf' | 'createdAt'>,
  publicationId: string,
): PublicationId | EarlierState {
  const asOf = earlierDay(campaign);
  const publication = publicationId as PublicationId;
  return asOf === null ? publication : { publication, asOf };
}

/**
 * Makes sure that a publication can say what a form would have held at the end of an earlier day.
 *
 * @throws FillOnceError `reports.as_of.unknown` for a form of which no table keeps its history, `reports.as_of.early` for a day
 * before the first one of which anything is known
 */
export async function checkStateKnown(
  sql: SqlSession,
  publication: PublicationManifest,
  {
    title,
    plan,
    scope,
    asOf,
  }: { readonly title: string; readonly plan: FormPlan; readonly scope: string; readonly asOf: string },
): Promise<void> {
  const select = prefillSql({ plan, scope, asOf, confirmationCode: await confirmationCode(sql) });
  // Names are told as the files behind them have them: `at_housing.housing.dwelling`.
  const read = new Set(sql.tablesOf(select).map((table) => table.split('.').slice(-2).join('.')));
  const kept = new Set([...read].map((table) => `${table}${historyName({ name: '' })}`));
  const histories = publication.marts.filter(({ kind, mart }) => kind === 'history' && kept.has(mart));
  if (histories.length === 0) throw stateUnknown(title);
  const firsts = histories.map(
    ({ theme, name }) => `SELECT min(${VALID_FROM}) AS day FROM ${ident(theme)}.${ident(name)}`,
  );
  const [first] = await sql.all<{ day: string | null }>(`SELECT max(day) AS day FROM (${firsts.join(' UNION ALL ')})`);
  if (!first?.day || asOf < first.day) throw tooEarly(asOf, first?.day ?? null);
}
