import {
  type Catalogue,
  type Entity,
  FillOnceError,
  type Message,
  THEMES,
  type Theme,
  type User,
} from '../../core/index.ts';
import {
  type ColumnMeaning,
  createColumnMeaning,
  entityOfMart,
  loadMartTitles,
  type PublicationManifest,
  type PublishedColumn,
  type PublishedMart,
  type Reader,
  VALID_FROM,
  VALID_TO,
} from '../../warehouse/index.ts';
import type { Marts } from '../ports.ts';
import type { MartColumn } from '../schema/mart.ts';
import type { Scalar } from '../schema/vocabulary.ts';

/** The column of a mart that says to which org unit a row belongs. */
const ORG = '_org';

/** A browser page gives up long before a batch query would. */
const PAGE_LIMITS = { timeoutMs: 10_000, maxRows: 1_000 };

/** The published marts, cut to the reader's scope: rows of his units, and no mart that cannot be cut unless he sees all. */
export function wireMarts({ reader, catalogue }: { reader: Reader; catalogue: Catalogue }): Marts {
  const made = loadMartTitles(catalogue);
  const meaningOf = createColumnMeaning(catalogue, made);
  const current = async (): Promise<PublicationManifest | null> => {
    try {
      return await reader.current();
    } catch (error) {
      if (error instanceof FillOnceError && error.code === 'warehouse.publication.unknown') return null;
      throw error;
    }
  };
  const entityOf = (mart: PublishedMart) => entityOfMart(catalogue, mart);
  const titleOf = (mart: PublishedMart) => ({
    ...(made.get(mart.mart)?.title ?? entityOf(mart)?.title ?? named(mart)),
  });

  // Every page asks for it; a publication's marts stay the same objects for as long as its manifest is known.
  const dictionaries = new WeakMap<PublishedMart, readonly MartColumn[]>();
  const dictionaryOf = (mart: PublishedMart): readonly MartColumn[] => {
    const known = dictionaries.get(mart);
    if (known) return known;
    const entity = entityOf(mart);
    const columns = shownColumns(mart, entity).map((column) =>
      describeColumn(mart, column, meaningOf(mart, column.name), catalogue),
    );
    dictionaries.set(mart, columns);
    return columns;
  };

  return {
    themes: async () => {
      const manifest = await current();
      return {
        publicationId: manifest?.id ?? null,
        publishedAt: manifest?.createdAt ?? null,
        themes: catalogue.themes.map(({ theme, title }) => {
          const marts = (manifest?.marts ?? []).filter((mart) => mart.theme === theme);
          return {
            theme,
            title: { ...title },
            // What is made from records does not add to their number, nor what they were before.
            rows: marts.filter((mart) => entityOf(mart)?.name === mart.name).reduce((sum, mart) => sum + mart.rows, 0),
            marts: marts.map((mart) => ({
              name: mart.name,
              title: titleOf(mart),
              rows: mart.rows,
              columns: shownColumns(mart, entityOf(mart)).length,
            })),
          };
        }),
      };
    },

    describe: async (user, theme, name) => {
      const mart = (await current())?.marts.find((one) => one.theme === theme && one.name === name);
      if (!mart || !isTheme(mart.theme) || !mayCut(user, mart)) return null;
      return {
        theme: mart.theme,
        name: mart.name,
        title: titleOf(mart),
        sensitivity: 'public',
        rows: mart.rows,
        columns: [...dictionaryOf(mart)],
      };
    },

    rows: async (user, { theme, mart, columns, filters, sort, offset, limit }) => {
      const manifest = await reader.current();
      const published = manifest.marts.find((one) => one.theme === theme && one.name === mart)!;
      const scoped = published.columns.some((column) => column.name === ORG);
      const page = await reader.page(
        manifest.id,
        {
          mart: published.mart,
          columns,
          where: [
            ...(scoped ? [{ column: ORG, op: 'within' as const, value: user.scope }] : []),
            ...filters.map(({ column, op, value }) => ({ column, op, ...(value === undefined ? {} : { value }) })),
          ],
          orderBy: sort,
          offset,
          limit,
        },
        PAGE_LIMITS,
      );
      return {
        items: page.rows.map((row) => columns.map((column) => scalarOf(row[column]))),
        total: page.total,
        publicationId: page.publication,
      };
    },
  };
}

function named(mart: PublishedMart): Message {
  return { zh: mart.name, en: mart.name };
}

function isTheme(theme: string): theme is Theme {
  return (THEMES as readonly string[]).includes(theme);
}

/** A mart without org units can only be shown whole, to those whose scope is the subdistrict or above. */
function mayCut(user: User, mart: PublishedMart): boolean {
  return mart.columns.some((column) => column.name === ORG) || user.scope.split('/').length <= 2;
}

/** The fields of an entity and the days of a span; of a made mart everything but its bookkeeping. */
function shownColumns(mart: PublishedMart, entity: Entity | undefined): PublishedColumn[] {
  const fields = entity && new Set([...entity.elements.map(({ field }) => field), VALID_FROM, VALID_TO]);
  return mart.columns.filter(({ name }) => (fields ? fields.has(name) : !name.startsWith('_')));
}

const SQL_TYPES: readonly [RegExp, MartColumn['type']][] = [
  [/^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?)$/, 'integer'],
  [/^(DECIMAL|DOUBLE|FLOAT|REAL)/, 'decimal'],
  [/^DATE$/, 'date'],
  [/^TIMESTAMP/, 'timestamp'],
  [/^BOOLEAN$/, 'boolean'],
];

function describeColumn(
  mart: PublishedMart,
  column: PublishedColumn,
  { element, title, unit, sensitivity }: ColumnMeaning,
  catalogue: Catalogue,
): MartColumn {
  return {
    id: column.name,
    title: title?.zh ?? column.name,
    titleEn: title?.en ?? column.name,
    type: element?.type ?? SQL_TYPES.find(([pattern]) => pattern.test(column.type))?.[1] ?? 'text',
    unit: unit ?? null,
    codes: element?.codes ? [...catalogue.codeList(element.codes).values.keys()] : null,
    check: element?.check ?? null,
    sensitivity,
    optional: element?.optional ?? true,
    masked: false,
    owner: element?.owner ?? null,
    sources: [...(element?.sources ?? [])],
    ttlDays: element?.ttlDays ?? null,
    key: mart.key.includes(column.name),
  };
}

function scalarOf(value: unknown): Scalar {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : (value as Scalar);
}
