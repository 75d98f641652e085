import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { THEMES, type Theme } from '../core/catalogue.ts';
import { packageRoot } from '../core/paths.ts';
import { declarationWrong } from './errors.ts';

/** A `.sql` file of a theme: a first comment line that says what a row is, `-- name: value` lines, then one SELECT. A name may say of which column it speaks: `column.total_tax`, `sensitivity.total_tax`. */
export interface DeclaredSql {
  readonly theme: Theme;
  /** File name without `.sql`. */
  readonly name: string;
  readonly file: string;
  readonly about: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sql: string;
}

/** Every `themes/<theme>/<folder>/*.sql`, in order of theme and name. */
export function readDeclaredSql(
  folder: 'models' | 'checks',
  root = join(packageRoot(), 'warehouse', 'themes'),
): readonly DeclaredSql[] {
  return THEMES.flatMap((theme) => {
    const path = join(root, theme, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path)
      .filter((name) => name.endsWith('.sql'))
      .sort()
      .map((name) => readOne(theme, join(path, name), name.slice(0, -'.sql'.length)));
  });
}

function readOne(theme: Theme, file: string, name: string): DeclaredSql {
  const lines = readFileSync(file, 'utf8').split('\n');
  const end = lines.findIndex((line) => !line.startsWith('--'));
  const comments = lines.slice(0, end < 0 ? lines.length : end).map((line) => line.slice(2).trim());
  const about = comments[0];
  if (about === undefined || about === '') throw declarationWrong(file, 'the first line does not say what a row is');
  const headers = Object.fromEntries(
    comments.slice(1).flatMap((line) => {
      const match = /^([a-z]+(?:\.[a-z][a-z0-9_]*)?): (.+)$/.exec(line);
      return match ? [[match[1]!, match[2]!]] : [];
    }),
  );
  const sql = lines.slice(comments.length).join('\n').trim().replace(/;\s*$/, '');
  if (sql === '') throw declarationWrong(file, 'there is no SELECT');
  return { theme, name, file, about, headers, sql };
}
