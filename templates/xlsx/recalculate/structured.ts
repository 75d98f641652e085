import type { Area } from '../formula/reference.ts';

/** A table as formulas see it. */
export interface TableShape {
  readonly name: string;
  /** Number of its sheet. */
  readonly sheet: number;
  readonly area: Area;
  readonly headerRows: number;
  readonly totalsRows: number;
  readonly columns: readonly string[];
}

/**
 * The cells that a structured reference such as `台账[金额]` or `台账[[#Totals],[金额]]` means; undefined when it is
 * not understood. `row` is the row that `[#This Row]` is about.
 */
export function resolveStructured(
  text: string,
  tables: ReadonlyMap<string, TableShape>,
  row: number,
): { readonly sheet: number; readonly area: Area } | undefined {
  const table = tables.get(text.slice(0, text.indexOf('[')).toLowerCase());
  const parts = table && structuredParts(text);
  if (!table || !parts) return undefined;
  const keywords = parts.keywords.map((word) => word.toLowerCase());
  // `[[#Headers],[#Data],…]`: rare, and left to Excel.
  if (keywords.length > 1) return undefined;
  const span = columnSpan(table, parts.columns);
  return span && { sheet: table.sheet, area: { ...rowSpan(table, keywords[0] ?? '#data', row), ...span } };
}

/** The keywords (`#Totals`, `#This Row`) and the one or two column names of a structured reference. */
export function structuredParts(
  text: string,
): { readonly keywords: readonly string[]; readonly columns: readonly string[] } | undefined {
  const inside = text.slice(text.indexOf('[') + 1, -1).trim();
  const items = inside.startsWith('[') ? split(inside) : inside === '' ? [] : [inside];
  if (!items) return undefined;
  const keywords: string[] = [];
  const columns: string[] = [];
  for (const item of items) {
    if (item.startsWith('#')) keywords.push(item);
    else if (item.startsWith('@')) {
      keywords.push('#This Row');
      if (item.length > 1) columns.push(unescaped(item.slice(1).replace(/^\[|\]$/g, '')));
    } else columns.push(unescaped(item));
  }
  return { keywords, columns };
}

function rowSpan(
  { area, headerRows, totalsRows }: TableShape,
  rows: string,
  row: number,
): { top: number; bottom: number } {
  if (rows === '#all') return { top: area.top, bottom: area.bottom };
  if (rows === '#headers') return { top: area.top, bottom: area.top + headerRows - 1 };
  if (rows === '#totals') return { top: area.bottom - totalsRows + 1, bottom: area.bottom };
  if (rows === '#this row') return { top: row, bottom: row };
  return { top: area.top + headerRows, bottom: area.bottom - totalsRows };
}

function columnSpan(table: TableShape, names: readonly string[]): { left: number; right: number } | undefined {
  if (names.length === 0) return { left: table.area.left, right: table.area.right };
  const positions = names.map((name) =>
    table.columns.findIndex((column) => column.toLowerCase() === name.toLowerCase()),
  );
  if (positions.some((position) => position < 0)) return undefined;
  return { left: table.area.left + Math.min(...positions), right: table.area.left + Math.max(...positions) };
}

/** `[a],[b]:[c]` → a, b, c; a name may go without its brackets. Undefined when the brackets do not pair up. */
function split(inside: string): string[] | undefined {
  const parts: string[] = [];
  let at = 0;
  while (at < inside.length) {
    if (/[\s,:]/.test(inside[at]!)) {
      at++;
      continue;
    }
    const bracketed = inside[at] === '[';
    const start = bracketed ? at + 1 : at;
    let end = start;
    while (end < inside.length && !(bracketed ? inside[end] === ']' : /[,:[\]]/.test(inside[end]!))) {
      end += inside[end] === "'" ? 2 : 1;
    }
    if (bracketed && end >= inside.length) return undefined;
    parts.push(inside.slice(start, end));
    at = bracketed ? end + 1 : end;
  }
  return parts;
}

function unescaped(name: string): string {
  return name.replace(/'([\s\S])/g, '$1');
}
