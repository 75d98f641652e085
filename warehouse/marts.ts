import type { Catalogue, Entity } from '../core/catalogue.ts';
import { contentHash } from '../core/ids.ts';
import type { Contract } from './contract.ts';
import { type DeclaredSql, readDeclaredSql } from './declared-sql.ts';
import { declarationWrong } from './errors.ts';
import { endedSelect, historyName, historyTitle } from './history-mart.ts';
import { orgColumn } from './org-link.ts';
import type { SourceCode } from './source-codes.ts';
import { ident, literal, valuesRows } from './sql-text.ts';

/** One published table. */
export interface Mart {
  /** `housing.dwelling`. */
  readonly id: string;
  readonly theme: string;
  readonly name: string;
  /**
   * `golden` and `event`: an entity's rows; `history`: what they were on earlier days; `made`: a model over them; `platform`: the
   * warehouse about itself.
   */
  readonly kind: 'golden' | 'event' | 'history' | 'made' | 'platform';
  /** Name of the entity whose rows it holds; null for the last two kinds. */
  readonly entity: string | null;
  /** What a row is. */
  readonly about: string;
  readonly key: readonly string[];
  /** The rows, over the tables of the working file; of a history those that ended: the others are the entity's. */
  readonly select: string;
  /** Columns of the sort order. */
  readonly order: readonly string[];
  /** Entities and made marts that it reads; `ledger` and `confirmation` for what changes with every batch. */
  readonly inputs: readonly string[];
  /** Hash of what makes it. */
  readonly code: string;
}

export interface MartPlan {
  readonly catalogue: Catalogue;
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly sources: ReadonlyMap<string, SourceCode>;
}

/** All marts: one per entity, one more where its history is kept, one per model file, and the platform's. Made marts come after what they read. */
export function loadMarts(plan: MartPlan): readonly Mart[] {
  const entities = plan.catalogue.entities.map((entity) => entityMart(entity, plan.catalogue));
  const made = orderModels(readDeclaredSql('models'), new Set(entities.map(({ id }) => id)));
  const histories = plan.catalogue.entities
    .filter(({ history }) => history)
    .map((entity) => historyMart(entity, plan.catalogue));
  return [...entities, ...histories, ...made, ...platformMarts(plan)];
}

function entityMart(entity: Entity, catalogue: Catalogue): Mart {
  const { select, inputs } = orgColumn(entity, catalogue);
  return mart({
    theme: entity.theme,
    name: entity.name,
    kind: entity.kind,
    entity: entity.name,
    about: `${entity.title.zh} · ${entity.title.en}`,
    key: entity.key,
    select,
    order: ['_org', ...entity.key],
    inputs,
  });
}

function historyMart(entity: Entity, catalogue: Catalogue): Mart {
  const { select, inputs } = endedSelect(entity, catalogue);
  const key = [...entity.key, 'valid_from'];
  const { zh, en } = historyTitle(entity);
  return mart({
    theme: entity.theme,
    name: historyName(entity),
    kind: 'history',
    entity: entity.name,
    about: `${zh} · ${en}: a row is ${entity.name} as known from the end of day valid_from to the day before valid_to (empty: still)`,
    key,
    select,
    order: ['_org', ...key],
    inputs,
  });
}

/** Models in an order in which each comes after the models it reads. */
function orderModels(models: readonly DeclaredSql[], known: ReadonlySet<string>): readonly Mart[] {
  const marts = models.map((model) => {
    const { theme, name, about, headers, sql, file } = model;
    if (headers.key === undefined) throw declarationWrong(file, 'there is no line `-- key: …`');
    if (headers.reads === undefined) throw declarationWrong(file, 'there is no line `-- reads: …`');
    const key = list(headers.key);
    const order = headers.order === undefined ? key : list(headers.order);
    return mart({
      theme,
      name,
      kind: 'made',
      entity: null,
      about,
      key,
      select: sql,
      order,
      inputs: list(headers.reads),
    });
  });
  const done = new Set(known);
  const ordered: Mart[] = [];
  while (ordered.length < marts.length) {
    const next = marts.find(({ id, inputs }) => !done.has(id) && inputs.every((input) => done.has(input)));
    if (!next) {
      const stuck = marts.filter(({ id }) => !done.has(id)).map(({ id }) => id);
      throw declarationWrong('warehouse/themes/*/models', `${stuck.join(', ')} read something unknown, or each other`);
    }
    done.add(next.id);
    ordered.push(next);
  }
  return ordered;
}

function platformMarts({ catalogue, sources }: MartPlan): readonly Mart[] {
  const codes = [...sources.values()].map(({ name, code, title }) => [
    `${code}::UTINYINT`,
    literal(name),
    literal(title.zh),
    literal(title.en),
  ]);
  const elements = catalogue.elements.map((element) => [
    ...[element.id, element.theme, element.entity, element.field, element.title.zh, element.title.en].map(literal),
    literal(element.type),
    text(element.unit),
    text(element.codes),
    literal(element.sensitivity),
    literal(element.owner),
    literal(element.sources.join(',')),
    element.ttlDays === undefined ? 'NULL::INTEGER' : String(element.ttlDays),
    String(element.optional),
    literal(element.synonyms.join(',')),
  ]);
  const platform = (name: string, about: string, key: readonly string[], inputs: readonly string[], select: string) =>
    mart({ theme: 'platform', name, kind: 'platform', entity: null, about, key, order: key, inputs, select });
  return [
    platform(
      'source',
      'A row is one source and the code that stands for it in `<field>_s`.',
      ['code'],
      [],
      `SELECT * FROM (VALUES ${valuesRows(codes)}) t(code, name, title_zh, title_en)`,
    ),
    platform(
      'element',
      'A row is one element: the data dictionary.',
      ['id'],
      [],
      `SELECT * FROM (VALUES ${valuesRows(elements)}) t(id, theme, entity, field, title_zh, title_en, "type", unit, codes,
        sensitivity, owner, sources, ttl_days, optional, synonyms)`,
    ),
    platform(
      'conflict',
      'A row is one value that lost although another source stands by it.',
      ['entity', 'key', 'field', 'source'],
      catalogue.entities.filter(({ kind }) => kind === 'golden').map(({ theme, name }) => `${theme}.${name}`),
      catalogue.entities
        .filter(({ kind }) => kind === 'golden')
        .map(conflictsOf)
        .join(' UNION ALL '),
    ),
    platform(
      'confirmation',
      'A row is the newest confirmation of one cell.',
      ['entity', 'key', 'field'],
      ['platform.confirmation'],
      `SELECT entity, key, field, "value", confirmed_at, confirmed_by, campaign, _batch, _row FROM staged."platform.confirmation"
       WHERE NOT _superseded`,
    ),
    platform(
      'org_unit',
      'A row is one unit of the org tree.',
      ['path'],
      ['platform.org_unit'],
      `SELECT path, name, kind, CASE WHEN contains(path, '/') THEN regexp_replace(path, '/[^/]+$', '') END AS parent
       FROM staged."platform.org_unit" WHERE NOT _superseded AND NOT _deleted`,
    ),
    platform(
      'batch',
      'A row is one landed batch; `batch` is what `_batch` of other marts refers to.',
      ['source', 'dataset', 'seq'],
      ['ledger'],
      `SELECT batch, id, source, dataset, seq, received_at, state, reason, rows, staged, repeated, quarantined, nulled FROM ledger.batch`,
    ),
  ];
}

function conflictsOf(entity: Entity): string {
  const key = entity.key.map((name) => `${ident(name)}::VARCHAR`).join(" || '|' || ");
  return `SELECT ${literal(entity.name)} AS entity, key, lost.field, lost.source, lost."value", lost.observed FROM (
    SELECT ${key} AS key, unnest(_conflicts) AS lost FROM ${ident(entity.theme)}.${ident(entity.name)} WHERE _conflicts IS NOT NULL)`;
}

function mart(of: Omit<Mart, 'id' | 'code'>): Mart {
  const id = `${of.theme}.${of.name}`;
  return { id, ...of, code: contentHash(JSON.stringify([of.select, of.order, of.key])).slice(0, 16) };
}

function list(header: string): string[] {
  return header.split(',').map((part) => part.trim());
}

function text(value: string | undefined): string {
  return value === undefined ? 'NULL::VARCHAR' : literal(value);
}

/** The table of the working file that holds a made mart. */
export function madeTable(of: Pick<Mart, 'theme' | 'name'>): string {
  return `${ident(of.theme)}.${ident(of.name)}`;
}
