import type { Catalogue, Entity } from '../core/catalogue.ts';
import type { Message } from '../core/errors.ts';
import { pageRefused } from './errors.ts';
import { pastTable } from './history-spans.ts';
import { loadMadeTitles, type MadeTitle, type MadeTitles } from './made-titles.ts';
import { orgLink, SINCE } from './org-link.ts';
import type { PublicationManifest } from './publication-folder.ts';
import { ident, literal } from './sql-text.ts';

/** First day at whose end a row holds, and the first at whose end it does not any more; no such day: it holds still. */
export const VALID_FROM = 'valid_from';
export const VALID_TO = 'valid_to';

const SPAN_TITLES: ReadonlyMap<string, { readonly title: Message }> = new Map([
  [VALID_FROM, { title: { zh: '起始日', en: 'valid from' } }],
  [VALID_TO, { title: { zh: '截止日（空为至今）', en: 'valid to (empty: still)' } }],
]);

/** `person_history`: the mart beside `person` that holds its history. */
export function historyName(entity: Pick<Entity, 'name'>): string {
  return `${entity.name}_history`;
}

export function historyTitle({ title }: Entity): Message {
  return { zh: `${title.zh}历史`, en: `${title.en} history` };
}

/**
 * The entity whose rows a mart holds, as they are or as they were; undefined for a made mart and the platform's own.
 *
 * @example entityOfMart(catalogue, { theme: 'population', name: 'person_history' })?.name // 'person'
 */
export function entityOfMart(
  catalogue: Catalogue,
  mart: { readonly theme: string; readonly name: string },
): Entity | undefined {
  return catalogue.entities.find(
    (entity) =>
      entity.theme === mart.theme &&
      [entity.name, ...(entity.history ? [historyName(entity)] : [])].includes(mart.name),
  );
}

/** The platform's own marts: what the publication's other marts refer to. */
const PLATFORM_TITLES: Readonly<Record<string, Message>> = {
  source: { zh: '来源代码', en: 'Codes of sources' },
  element: { zh: '数据元', en: 'Elements' },
  conflict: { zh: '来源之间的分歧', en: 'Conflicts between sources' },
  confirmation: { zh: '人工确认', en: 'Confirmations' },
  org_unit: { zh: '组织单元', en: 'Org units' },
  batch: { zh: '采集批次', en: 'Batches' },
};

/**
 * What marts and those of their columns that are no elements are called: made ones by their models, histories by their entities, the
 * platform's own here.
 */
export function loadMartTitles(catalogue: Catalogue): MadeTitles {
  const histories = catalogue.entities
    .filter(({ history }) => history)
    .map((entity): readonly [string, MadeTitle] => [
      `${entity.theme}.${historyName(entity)}`,
      { title: historyTitle(entity), columns: SPAN_TITLES, sensitivities: new Map() },
    ]);
  const platform = Object.entries(PLATFORM_TITLES).map(([name, title]): readonly [string, MadeTitle] => [
    `platform.${name}`,
    { title, columns: new Map(), sensitivities: new Map() },
  ]);
  return new Map([...loadMadeTitles(), ...histories, ...platform]);
}

/**
 * The SELECT of what a history mart holds beside the entity's own: the spans that ended, with `_org`. A row belongs to the unit that
 * it said itself; one that says none belongs where its dwelling lies, or lay when it was last known.
 */
export function endedSelect(entity: Entity, catalogue: Catalogue): { select: string; inputs: readonly string[] } {
  const table = ({ theme, name }: Entity) => `${ident(theme)}.${ident(name)}`;
  const lastKnown = (place: Entity) => {
    if (!place.history) return table(place);
    const [key, past] = [ident(place.key[0]!), pastTable(place)];
    return `(SELECT ${key}, grid_path FROM ${table(place)}
      UNION ALL SELECT ${key}, arg_max(grid_path, ${VALID_FROM}) FROM ${past} ANTI JOIN ${table(place)} USING (${key}) GROUP BY ${key})`;
  };
  const { path, joins, inputs } = orgLink(entity, catalogue, lastKnown);
  return { select: `SELECT g.*, ${path} AS _org FROM ${pastTable(entity)} g ${joins}`, inputs };
}

/** The table of a serving file that holds the spans of a history mart that ended. */
export function endedName(mart: string): string {
  return `${mart}_ended`;
}

/**
 * The statement that makes a history mart in a serving file, which has to be the session's database: readers give the file a name of
 * their own, so the view names none. A view, since nearly all rows hold still: writing them twice cost half a publication.
 */
export function historyView(theme: string, name: string): string {
  const table = (of: string) => `${ident(theme)}.${ident(of)}`;
  return `CREATE VIEW ${table(name)} AS
    SELECT * EXCLUDE (${SINCE}, _org), ${SINCE} AS ${VALID_FROM}, NULL::DATE AS ${VALID_TO}, _org FROM ${table(entityName(name))}
    UNION ALL BY NAME SELECT * FROM ${table(endedName(name))}`;
}

/** The records whose history a mart is: `person` of `person_history`. */
export function entityName(history: string): string {
  return history.slice(0, -historyName({ name: '' }).length);
}

/**
 * Statements that put what was known at the end of a civil day in the place of what a publication holds, in a database in which its
 * marts are views `<theme>.<mart>`: histories take their records' names, and confirmations and values in dispute of later are left out.
 *
 * @throws FillOnceError `warehouse.page` for a text that is no day
 */
export function viewsAsOf(publication: Pick<PublicationManifest, 'marts'>, asOf: string): string[] {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(asOf)) throw pageRefused(`'${asOf}' is not a civil day`);
  const day = `DATE ${literal(asOf)}`;
  const view = (table: string, select: string) => `CREATE OR REPLACE VIEW ${table} AS ${select}`;
  const histories = publication.marts
    .filter(({ kind }) => kind === 'history')
    .map(({ theme, name }) => {
      const now = `${ident(theme)}.${ident(entityName(name))}`;
      const held = `${VALID_FROM} <= ${day} AND (${VALID_TO} IS NULL OR ${VALID_TO} > ${day})`;
      return view(
        now,
        `SELECT * EXCLUDE (${VALID_FROM}, ${VALID_TO}), ${VALID_FROM} AS ${SINCE} FROM ${ident(theme)}.${ident(name)} WHERE ${held}`,
      );
    });
  const received = `_batch IN (SELECT batch FROM platform.batch WHERE received_at < ${day} + 1)`;
  return [
    ...histories,
    view('platform.confirmation', `SELECT * FROM at_platform.platform.confirmation WHERE ${received}`),
    view('platform.conflict', `SELECT * FROM at_platform.platform.conflict WHERE observed <= ${day}`),
  ];
}
