import { type MovedFormulas, mayHoldFormula } from '../expand/cells.ts';
import { printTokens, type Token, tokenize } from '../formula/tokens.ts';
import { cellsOf, changeCells } from '../patch/sheet.ts';
import { setText, textOf, walk, type XmlElement } from '../patch/tree.ts';
import { definedNames, type Workbook } from '../patch/workbook.ts';
import type { SheetContent } from '../recalculate/content.ts';
import { structuredParts } from '../recalculate/structured.ts';
import type { ColumnNames } from './tables.ts';

/** A table some of whose columns are called differently now, or are several. */
export interface RenamedTable {
  readonly sheet: number;
  readonly names: ColumnNames;
}

/** Where a formula stands, to know which copy of a column is its own. */
interface Standing {
  readonly sheet?: number;
  readonly column?: number;
}

/** Writes the new names of table columns into every formula that knows the old ones. */
export function renameColumns(
  workbook: Workbook,
  contents: ReadonlyMap<number, SheetContent>,
  tables: readonly { readonly sheet: number; readonly root: XmlElement }[],
  renamed: ReadonlyMap<string, RenamedTable>,
  moved: MovedFormulas,
): void {
  for (const [sheet, { document, blocks }] of contents) {
    for (const row of document.rows) {
      if (!mayHoldFormula(row, document)) continue;
      for (const cell of cellsOf(row, document)) {
        if (!cell.formula?.text.includes('[')) continue;
        const text = renamedText(cell.formula.text, renamed, { sheet, column: cell.column });
        if (text === undefined) continue;
        changeCells(row, document);
        cell.formula.text = text;
        moved.add(cell);
      }
    }
    for (const { cells } of blocks.flatMap((block) => block.rows)) {
      for (const { formula, column } of cells) {
        if (formula) formula.tokens = formula.tokens.map((token) => renamedToken(token, renamed, { sheet, column }));
      }
    }
  }
  const holders = [...definedNames(workbook.root), ...tables.flatMap(({ root }) => [...walk(root)].filter(isFormula))];
  for (const holder of holders) {
    const text = renamedText(textOf(holder), renamed, {});
    if (text !== undefined) setText(holder, text);
  }
}

function isFormula({ local }: XmlElement): boolean {
  return local === 'calculatedColumnFormula' || local === 'totalsRowFormula';
}

function renamedText(text: string, renamed: ReadonlyMap<string, RenamedTable>, at: Standing): string | undefined {
  if (!text.includes('[')) return undefined;
  const tokens = tokenize(text);
  const next = tokens.map((token) => renamedToken(token, renamed, at));
  return next.some((token, index) => token !== tokens[index]) ? printTokens(next) : undefined;
}

/** `表[月]` → `表[1月]`, or the span of its copies; in a copy's own column, that copy. */
function renamedToken(token: Token, renamed: ReadonlyMap<string, RenamedTable>, at: Standing): Token {
  if (token.kind !== 'structured') return token;
  const bracket = token.text.indexOf('[');
  const table = renamed.get(token.text.slice(0, bracket).toLowerCase());
  const parts = table && structuredParts(token.text);
  if (!table || !parts) return token;
  const { keywords, columns } = parts;
  const ends = columns.map((name) => namesOf(table, name, at));
  if (ends.every((names) => names === undefined)) return token;
  const first = ends[0]?.[0] ?? columns[0]!;
  const last = ends.at(-1)?.at(-1) ?? columns.at(-1)!;
  const items = keywords.map((word) => `[${word}]`);
  items.push(first === last ? `[${escaped(first)}]` : `[${escaped(first)}]:[${escaped(last)}]`);
  const inside = items.length === 1 && first === last ? escaped(first) : items.join(',');
  return { ...token, text: `${token.text.slice(0, bracket)}[${inside}]` };
}

function namesOf({ sheet, names }: RenamedTable, name: string, at: Standing): readonly string[] | undefined {
  const now = names.get(name.toLowerCase());
  if (!now) return undefined;
  const own = at.sheet === sheet ? now.find(({ column }) => column === at.column) : undefined;
  return own ? [own.name] : now.map((one) => one.name);
}

function escaped(name: string): string {
  return name.replace(/['[\]#@]/g, "'$&");
}
