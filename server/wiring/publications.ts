import type { Catalogue, Clock, Message, PublicationId, Theme } from '../../core/index.ts';
import { civilTimestamp } from '../../core/index.ts';
import {
  comparePublications,
  listPublications,
  loadMartTitles,
  openPublicationFolder,
  type PublicationFolder,
  RETENTION,
  type RetentionRule,
} from '../../warehouse/index.ts';
import { busy } from '../errors.ts';
import { MASK } from '../masking.ts';
import type { Marts } from '../ports.ts';
import type { Publications } from '../ports-desk.ts';

/** Rows shown of each change of a mart. */
const SAMPLE = 10;
/** Each takes memory of its own. */
const COMPARED_AT_ONCE = 2;

/** Publications of a warehouse folder; reads files only, so it needs no part of the writer. */
export function wirePublications(deps: {
  readonly folder: string | PublicationFolder;
  readonly retention?: RetentionRule;
  readonly marts: Marts;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
}): Publications {
  const { marts, catalogue, clock } = deps;
  const folder = typeof deps.folder === 'string' ? openPublicationFolder(deps.folder) : deps.folder;
  const made = loadMartTitles(catalogue);
  let comparing = 0;

  function titleOf(mart: string): Message {
    const [theme, name] = mart.split('.');
    const entity = catalogue.entities.find((one) => one.theme === theme && one.name === name);
    const title = entity?.title ?? made.get(mart)?.title ?? { zh: mart, en: mart };
    return { zh: title.zh, en: title.en };
  }

  return {
    list: async (_user, { offset, limit }) => {
      const now = clock.now().getTime();
      const { publications, total } = await listPublications(folder, deps.retention ?? RETENTION, now, {
        offset,
        limit,
      });
      return {
        items: publications.map(({ manifest, pinnedBy, kept, keptUntil }) => ({
          id: manifest.id,
          createdAt: civilTimestamp(new Date(`${manifest.createdAt.replace(' ', 'T')}+08:00`)),
          asOf: manifest.asOf,
          records: manifest.marts.reduce((sum, mart) => sum + mart.rows, 0),
          marts: manifest.marts.map(({ mart, rows }) => ({ mart, title: titleOf(mart), rows })),
          warnings: manifest.warnings.length,
          pinnedBy: [...pinnedBy],
          kept,
          keptUntil: keptUntil && civilTimestamp(keptUntil),
        })),
        total,
        offset,
        limit,
      };
    },

    compare: async (user, { from, to, mart }) => {
      if (comparing >= COMPARED_AT_ONCE) throw busy();
      comparing++;
      try {
        const after = await folder.manifest((to ?? 'current') as PublicationId);
        const before = (from ?? after.previous ?? after.id) as PublicationId;
        const found = await comparePublications(folder, before, after.id, {
          sample: SAMPLE,
          within: user.scope,
          ...(mart === undefined ? {} : { mart }),
        });
        return {
          from: found.from,
          to: found.to,
          same: found.same,
          marts: await Promise.all(
            found.marts.map(async ({ sample, ...counts }) => {
              const [theme, name] = counts.mart.split('.');
              // A mart that the person may not read shows its numbers only.
              const known = await marts.describe(user, theme as Theme, name ?? '');
              const columns = new Map((known?.columns ?? []).map((column) => [column.id, column]));
              const hidden = (column: string) => columns.get(column)?.masked ?? false;
              return {
                ...counts,
                columnsAdded: [...counts.columnsAdded],
                columnsRemoved: [...counts.columnsRemoved],
                title: titleOf(counts.mart),
                sample: !known
                  ? []
                  : sample.map(({ change, key, columns: named }) => ({
                      change,
                      key: Object.entries(key).map(([column, value]) => (hidden(column) ? MASK : String(value ?? ''))),
                      columns: fieldsOf(named, columns),
                    })),
              };
            }),
          ),
        };
      } finally {
        comparing--;
      }
    },
  };
}

/** Titles of the fields behind changed columns: of `name`, `name_s` and `name_o` one. */
function fieldsOf(changed: readonly string[], columns: ReadonlyMap<string, { readonly title: string }>): string[] {
  const fields = changed.map((column) => (columns.has(column) ? column : column.replace(/_[so]$/, '')));
  return [...new Set(fields)].flatMap((field) => columns.get(field)?.title ?? []);
}
