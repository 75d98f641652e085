import type { Catalogue, Sensitivity } from '../../core/catalogue.ts';
import { contentHash } from '../../core/ids.ts';
import { type ColumnMeaning, createColumnMeaning } from '../column-meaning.ts';
import { entityOfMart, VALID_FROM, VALID_TO } from '../history-mart.ts';
import type { MadeTitles } from '../made-titles.ts';
import type { PublicationManifest, PublishedMart } from '../publication-folder.ts';

export interface ServedColumn {
  readonly name: string;
  /** Type in Postgres. */
  readonly type: string;
  readonly sensitivity: Sensitivity;
  readonly comment: string;
}

/** A mart as Postgres gets it. */
export interface ServedMart {
  /** `housing.dwelling`. */
  readonly id: string;
  readonly theme: string;
  readonly name: string;
  /** Name of its view: `housing_dwelling`. */
  readonly view: string;
  readonly comment: string;
  readonly key: readonly string[];
  readonly columns: readonly ServedColumn[];
  /** `unit`: rows belong to org units; `whole`: seen whole or not at all; `open`: reference data for every reader. */
  readonly rowsBy: 'unit' | 'whole' | 'open';
  readonly rows: number;
  readonly content: string;
  /** Hash of what the view and its table look like. */
  readonly structure: string;
}

export const ORG = '_org';
/** Of the tables behind the views. A copy made by an older one is made anew. */
const LAYOUT = 2;
/** Reference data that has no one's values in it. */
const REFERENCE = new Set(['platform.element', 'platform.org_unit']);

/**
 * The curated marts of a publication: every theme's, with their fields and the org unit, and the two reference tables. Bookkeeping
 * columns and the platform's tables of single values (conflicts, confirmations) stay inside.
 */
export function servedMarts(
  manifest: PublicationManifest,
  catalogue: Catalogue,
  made: MadeTitles,
): readonly ServedMart[] {
  const meaningOf = createColumnMeaning(catalogue, made);
  return manifest.marts
    .filter((mart) => mart.kind !== 'platform' || REFERENCE.has(mart.mart))
    .map((mart) => servedMart(mart, catalogue, made, meaningOf));
}

function servedMart(
  mart: PublishedMart,
  catalogue: Catalogue,
  made: MadeTitles,
  meaningOf: ReturnType<typeof createColumnMeaning>,
): ServedMart {
  const entity = entityOfMart(catalogue, mart);
  const fields = entity && new Set([...entity.elements.map(({ field }) => field), VALID_FROM, VALID_TO]);
  const shown = mart.columns.filter(({ name }) => name === ORG || (fields ? fields.has(name) : !name.startsWith('_')));
  const columns = shown.map((column): ServedColumn => {
    const meaning = meaningOf(mart, column.name);
    return {
      name: column.name,
      type: postgresType(column.type),
      sensitivity: mart.kind === 'platform' || column.name === ORG ? 'public' : meaning.sensitivity,
      comment: column.name === ORG ? '所属组织 · org unit' : describe(meaning, column.name),
    };
  });
  const title = made.get(mart.mart)?.title ?? entity?.title;
  const comment = [title ? `${title.zh} · ${title.en}` : mart.mart, mart.about, `key: ${mart.key.join(', ')}`].join(
    '\n',
  );
  const scoped = shown.some(({ name }) => name === ORG);
  const rowsBy: ServedMart['rowsBy'] = mart.kind === 'platform' ? 'open' : scoped ? 'unit' : 'whole';
  const looks = { comment, columns, rowsBy, key: mart.key };
  const structure = contentHash(JSON.stringify([LAYOUT, looks])).slice(0, 8);
  return {
    id: mart.mart,
    theme: mart.theme,
    name: mart.name,
    view: `${mart.theme}_${mart.name}`,
    ...looks,
    rows: mart.rows,
    content: mart.content,
    structure,
  };
}

function describe({ title, unit, element, sensitivity }: ColumnMeaning, name: string): string {
  if (title === undefined) return name;
  const facts = [
    element?.id,
    unit === undefined ? undefined : `单位 unit: ${unit}`,
    element?.codes === undefined ? undefined : `代码表 codes: ${element.codes}`,
    `敏感级 sensitivity: ${sensitivity}`,
  ].filter((fact) => fact !== undefined);
  return `${title.zh} · ${title.en} [${facts.join('; ')}]`;
}

const TYPES: Readonly<Record<string, string>> = {
  BOOLEAN: 'boolean',
  TINYINT: 'smallint',
  UTINYINT: 'smallint',
  SMALLINT: 'smallint',
  USMALLINT: 'integer',
  INTEGER: 'integer',
  UINTEGER: 'bigint',
  BIGINT: 'bigint',
  UBIGINT: 'numeric(20)',
  HUGEINT: 'numeric(39)',
  FLOAT: 'real',
  DOUBLE: 'double precision',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  'TIMESTAMP WITH TIME ZONE': 'timestamptz',
};

/** Lists and structs, should a mart have any, become the text DuckDB writes for them. */
function postgresType(type: string): string {
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(type);
  if (decimal) return `numeric(${decimal[1]},${decimal[2]})`;
  return TYPES[type] ?? 'text';
}
