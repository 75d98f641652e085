import { parseArea } from '../formula/reference.ts';
import { type Expansion, type Place, shiftFormula } from '../formula/shift.ts';
import {
  attribute,
  child,
  cloneElement,
  elements,
  setAttribute,
  setText,
  textOf,
  type XmlElement,
} from '../patch/tree.ts';
import { type SheetShift, shiftReference } from './area.ts';
import { shiftFilter } from './filter.ts';

/** Copies of table columns, with the column each was made after. */
export type ColumnCopies = Map<XmlElement, XmlElement>;

/** A table: its range grows with its rows; a copied column becomes a column of its own. */
export function shiftTable(root: XmlElement, shift: SheetShift, copies: ColumnCopies): void {
  const ref = attribute(root, 'ref') ?? '';
  const before = parseArea(ref);
  if (!before) return;
  setAttribute(root, 'ref', shiftReference(ref, shift) ?? ref);
  for (const element of elements(root)) {
    if (element.local === 'autoFilter' || element.local === 'sortState') shiftFilter(element, shift);
  }
  const headerRows = Number(attribute(root, 'headerRowCount') ?? 1);
  const data = { sheet: shift.sheet, row: before.top + headerRows };
  shiftTableFormulas(root, data, { sheet: shift.sheet, row: before.bottom }, shift.expansion);
  if (shift.axis === 'column') growColumns(root, before.left, shift, copies);
}

/** The formulas of a table's columns, which stand in its first data row and in its totals row. */
export function shiftTableFormulas(root: XmlElement, data: Place, totals: Place, expansion: Expansion): void {
  const columns = child(root, 'tableColumns');
  if (!columns) return;
  for (const column of elements(columns)) {
    for (const formula of elements(column)) {
      if (formula.local !== 'calculatedColumnFormula' && formula.local !== 'totalsRowFormula') continue;
      const place = formula.local === 'totalsRowFormula' ? totals : data;
      const moved = shiftFormula(textOf(formula), place, expansion);
      if (moved !== undefined) setText(formula, moved);
    }
  }
}

function growColumns(root: XmlElement, left: number, { map }: SheetShift, copies: ColumnCopies): void {
  const list = child(root, 'tableColumns');
  const now = parseArea(attribute(root, 'ref') ?? '');
  if (!list || !now) return;
  const columns = elements(list, 'tableColumn');
  const names = new Set(columns.map((column) => (attribute(column, 'name') ?? '').toLowerCase()));
  let nextId = Math.max(0, ...columns.map((column) => Number(attribute(column, 'id')))) + 1;
  const used = new Set<XmlElement>();
  const grown: XmlElement[] = [];
  for (let index = now.left; index <= now.right; index++) {
    const source = columns[map.origin(index) - left];
    if (!source) continue;
    if (!used.has(source)) {
      used.add(source);
      grown.push(source);
      continue;
    }
    const copy = cloneElement(source);
    setAttribute(copy, 'id', nextId++);
    setAttribute(copy, 'name', freeName(attribute(source, 'name') ?? '', names));
    // An identity of its own would be a lie; Excel gives a new one.
    copy.head = copy.head.replace(/\s+[\w]+:uid\s*=\s*"[^"]*"/, '');
    copies.set(copy, source);
    grown.push(copy);
  }
  list.children = grown;
  setAttribute(list, 'count', grown.length);
}

/** The name with the first number that makes it unique; it is taken then. */
export function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let number = 2; taken.has(free.toLowerCase()); number++) free = `${name}${number}`;
  taken.add(free.toLowerCase());
  return free;
}
