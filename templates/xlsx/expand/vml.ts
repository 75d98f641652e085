import { type Expansion, shiftFormula } from '../formula/shift.ts';
import { escapeText } from '../patch/tree.ts';
import { decodeEntities } from '../xml.ts';
import { shiftSpan } from './anchor.ts';
import type { SheetShift } from './area.ts';

/**
 * The old drawing format that still carries comment boxes and form controls. It is often not well-formed XML, so its
 * client data is edited in place and the rest is not looked at.
 */
export function shiftVml(text: string, part: string, sheet: string, expansion: Expansion, shift?: SheetShift): string {
  return text.replace(/<((?:\w+:)?)ClientData\b[\s\S]*?<\/\1ClientData>/g, (data) => {
    const linked = data.replace(
      /(<(?:\w+:)?Fmla(?:Link|Range|Group|Txbx|Pict)>)([^<]*)(<\/)/g,
      (whole, open: string, formula: string, close: string) => {
        const moved = shiftFormula(decodeEntities(formula, part), { sheet }, expansion);
        return moved === undefined ? whole : open + escapeText(moved) + close;
      },
    );
    return shift ? shiftBox(linked, shift) : linked;
  });
}

function shiftBox(data: string, { axis, map }: SheetShift): string {
  const tag = axis === 'row' ? 'Row' : 'Column';
  const cell = new RegExp(`(<(?:\\w+:)?${tag}>\\s*)(\\d+)(\\s*</)`).exec(data);
  const before = cell ? Number(cell[2]) : undefined;
  const after = before === undefined ? undefined : map.first(before + 1);
  const moved = cell && after !== undefined ? data.replace(cell[0], `${cell[1]}${after - 1}${cell[3]}`) : data;
  return moved.replace(/(<(?:\w+:)?Anchor>)([^<]*)(<\/)/, (whole, open: string, list: string, close: string) => {
    const numbers = list.split(',').map((word) => Number(word.trim()));
    if (numbers.length !== 8 || numbers.some((number) => !Number.isFinite(number))) return whole;
    const [from, to] = axis === 'row' ? [2, 6] : [0, 4];
    // A comment's box keeps its distance from its cell, a control moves with the cell it lies on.
    const span =
      before !== undefined && after !== undefined
        ? { from: numbers[from]! + after - 1 - before, to: numbers[to]! + after - 1 - before }
        : shiftSpan(numbers[from]!, numbers[to]!, map, false);
    if (!span) return whole;
    numbers[from] = Math.max(0, span.from);
    numbers[to] = Math.min(map.max - 1, span.to);
    return open + numbers.join(', ') + close;
  });
}
