import type { Message } from '../core/errors.ts';
import { readDeclaredSql } from './declared-sql.ts';
import { declarationWrong } from './errors.ts';

export interface ColumnTitle {
  readonly title: Message;
  readonly unit?: string;
}

/** What a made mart and those of its columns that have a meaning of their own are called. */
export interface MadeTitle {
  readonly title: Message;
  readonly columns: ReadonlyMap<string, ColumnTitle>;
}

/** By mart id: `enterprise.tax_quarter`. */
export type MadeTitles = ReadonlyMap<string, MadeTitle>;

const COLUMN = 'column.';

/**
 * The names that the headers of the models give: `-- title: 中文 · English` and, per column that is no field of the catalogue,
 * `-- column.<name>: 中文 · English · unit`.
 *
 * @param root the folder of the themes, when it is not the shipped one
 * @throws FillOnceError `warehouse.declaration` for a model without a title or a name without both languages
 * @example loadMadeTitles().get('cases.daily')?.title.zh // 案件日统计
 */
export function loadMadeTitles(root?: string): MadeTitles {
  return new Map(
    readDeclaredSql('models', root).map(({ theme, name, file, headers }) => {
      if (headers.title === undefined) throw declarationWrong(file, 'there is no line `-- title: 中文 · English`');
      const columns = Object.entries(headers).flatMap(([header, text]) =>
        header.startsWith(COLUMN) ? [[header.slice(COLUMN.length), columnTitle(file, text)] as const] : [],
      );
      return [`${theme}.${name}`, { title: columnTitle(file, headers.title).title, columns: new Map(columns) }];
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
