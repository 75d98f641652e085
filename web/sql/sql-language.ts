import { SQLDialect } from '@codemirror/lang-sql';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { tags } from '@lezer/highlight';
import { KEYWORDS } from './sql-tokens.ts';

const TYPES =
  'bigint blob boolean date decimal double float hugeint integer interval real smallint text time timestamp tinyint uuid varchar';

/** The engine's SQL as far as colours and brackets go; a value is named `$so`. */
const dialect = SQLDialect.define({
  keywords: KEYWORDS.join(' ').toLowerCase(),
  types: TYPES,
  specialVar: '$',
  operatorChars: '*+-%<>!=&|~^/:',
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.typeName, tags.bool, tags.null], class: 'sql-keyword' },
  { tag: tags.string, class: 'sql-text' },
  // A quoted name is a name; the language takes it for a kind of text.
  { tag: tags.special(tags.string), class: 'sql-quoted' },
  { tag: tags.number, class: 'sql-number' },
  { tag: tags.comment, class: 'sql-comment' },
  { tag: tags.special(tags.name), class: 'sql-parameter' },
]);

export function sqlLanguage(): Extension {
  return [dialect.extension, syntaxHighlighting(colours)];
}
