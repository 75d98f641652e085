import { SENSITIVITIES, type Sensitivity } from '../core/catalogue.ts';
import type { Message } from '../core/errors.ts';
import { readDeclaredSql } from './declared-sql.ts';
import { declarationWrong } from './errors.ts';

export interface ColumnTitle {
  readonly title: Message;
  readonly unit?: string;
}

/** What a made mart and those of its columns that have a meaning of their own are called, and which are more or less sensitive than their names say. */
export interface MadeTitle {
  readonly title: Message;
  readonly columns: ReadonlyMap<string, ColumnTitle>;
  readonly sensitivities: ReadonlyMap<string, Sensitivity>;
}

/** By mart id: `enterprise.tax_quarter`. */
export type MadeTitles = ReadonlyMap<string, MadeTitle>;

const COLUMN = 'column.';
const SENSITIVITY = 'sensitivity.';

/**
 * The names that the headers of the models give: `-- title: 中文 · English` and, per column that is no field of the catalogue,
 * `-- column.<name>: 中文 · English · unit`; `-- sensitivity.<name>: internal` where an element of that name would mislead, or none is.
 *
 * @param root the folder of the themes, when it is not the shipped one
 * @throws FillOnceError `warehouse.declaration` for a model without a title, a name without both languages, or an unknown sensitivity
 * @example loadMadeTitles().get('cases.daily')?.title.zh // 案件日统计
 */
export function loadMadeTitles(root?: string): MadeTitles {
  return new Map(
    readDeclaredSql('models', root).map(({ theme, name, file, headers }) => {
      if (headers.title === undefined) throw declarationWrong(file, 'there is no line `-- title: 中文 · English`');
      const named = <T>(prefix: string, read: (file: string, text: string) => T): ReadonlyMap<string, T> =>
        new Map(
          Object.entries(headers).flatMap(([header, text]) =>
            header.startsWith(prefix) ? [[header.slice(prefix.length), read(file, text)] as const] : [],
          ),
        );
      return [
        `${theme}.${name}`,
        {
          title: columnTitle(file, headers.title).title,
          columns: named(COLUMN, columnTitle),
          sensitivities: named(SENSITIVITY, sensitivity),
        },
      ];
    }),
  );
}

function columnTitle(file: string, text: string): ColumnTitle {
  const [zh, en, unit, ...more] = text.split(' · ');
  if (!zh || !en || more.length > 0) {
    throw declarationWrong(file, `\`${text}\` is not \`中文 · English\` or \`中文 · English · unit\``);
  }
  return { title: { zh, en }, ...(unit === undefined ? {} : { unit }) };
}

function sensitivity(file: string, text: string): Sensitivity {
  const known = SENSITIVITIES.find((one) => one === text);
  if (!known) throw declarationWrong(file, `sensitivity \`${text}\` is none of ${SENSITIVITIES.join(', ')}`);
  return known;
}
