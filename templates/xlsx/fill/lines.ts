import { columnName } from '../cell-reference.ts';
import { type Block, type BlockCell, contentAt, rowAtLine } from '../expand/block.ts';
import type { SampleFormula } from '../expand/cells.ts';
import { compileRolling } from '../formula/rolling.ts';
import { isError, type Value } from '../formula/values.ts';
import { clearCell, writeCell } from '../patch/cell.ts';
import type { CellStyles } from '../patch/styles.ts';
import { contentMarkup, contentStyles } from './put.ts';
import { textMarkup } from './text.ts';

export interface LineOptions {
  readonly prefix: string;
  readonly styles: CellStyles;
  /** The value of a formula in a line; undefined when it is not known. */
  valueOf(block: Block, cell: BlockCell, line: number): Value | undefined;
  /** A formula written without a value. */
  onUnknown(block: Block, cell: BlockCell, line: number): void;
}

/**
 * Makes a writer of the lines of a block. All that is the same for every line is put together once: a hundred thousand
 * lines of forty cells are some four million calls of what is left.
 */
export function createLineWriter(block: Block, options: LineOptions): (line: number) => string {
  const { prefix } = options;
  const writers = block.rows.map(({ head, cells }) => ({
    head: `"${head}`,
    cells: cells.map((cell) => cellWriter(block, cell, options)),
  }));
  const rowNumbers = new Map(block.rows.map((row, offset) => [row, offset]));
  const close = `</${prefix}row>`;
  return (line) => {
    const { head, cells } = writers[rowNumbers.get(rowAtLine(block, line))!]!;
    const row = block.start + line;
    if (cells.length === 0) return `<${prefix}row r="${row}${head}/>`;
    let text = `<${prefix}row r="${row}${head}>`;
    for (const write of cells) text += write(line, row);
    return text + close;
  };
}

type CellWriter = (line: number, row: number) => string;

function cellWriter(block: Block, cell: BlockCell, options: LineOptions): CellWriter {
  const { prefix, styles } = options;
  const own = ownWriter(block, cell, options);
  const { slot } = cell;
  if (!slot) return own;
  const head = `<${prefix}c r="${columnName(cell.column)}`;
  const looks = contentStyles(cell.cell.style, slot.region.store.needs(slot.at), styles);
  return (line, row) => {
    const content = contentAt(block, cell, line);
    return content === undefined ? own(line, row) : head + row + contentMarkup(content, looks, prefix);
  };
}

/** The sample's own content: a formula, or the same markup in every line. */
function ownWriter(block: Block, blockCell: BlockCell, options: LineOptions): CellWriter {
  const { prefix } = options;
  const { cell, column, formula } = blockCell;
  const head = `<${prefix}c r="${columnName(column)}`;
  if (formula) return formulaWriter(block, blockCell, formula, options);
  const tail = writeCell(cell, 1, prefix).slice(head.length + 1);
  if (!blockCell.onlyFirst) return (_, row) => head + row + tail;
  const bare = { ...cell };
  clearCell(bare);
  const bareTail = writeCell(bare, 1, prefix).slice(head.length + 1);
  return (line, row) => head + row + (line < block.band.size ? tail : bareTail);
}

function formulaWriter(block: Block, blockCell: BlockCell, formula: SampleFormula, options: LineOptions): CellWriter {
  const { prefix } = options;
  const { cell, column } = blockCell;
  const head = `<${prefix}c r="${columnName(column)}`;
  const style = cell.style ? ` s="${cell.style}"` : '';
  const print = compileRolling(formula.tokens);
  const kind = formula.kind === 'normal' ? '' : ` t="${formula.kind}"`;
  const { ref } = formula;
  return (line, row) => {
    if (ref?.onlyFirst && line >= block.band.size) return `${head}${row}"${style}/>`;
    const value = options.valueOf(block, blockCell, line);
    if (value === undefined) options.onUnknown(block, blockCell, line);
    const range = ref ? ` ref="${ref.text(row)}"` : '';
    const text = `<${prefix}f${kind}${range}${formula.rest}>${print(row)}</${prefix}f>`;
    return `${head}${row}"${style}${shown(value, prefix, cell.extra, text)}${cell.rest}</${prefix}c>`;
  };
}

function shown(value: Value | undefined, prefix: string, extra: string, formula: string): string {
  if (value === undefined || value === null) return `${extra}>${formula}`;
  const wrap = (type: string, text: string | number): string =>
    `${type}${extra}>${formula}<${prefix}v>${text}</${prefix}v>`;
  if (typeof value === 'number') return wrap('', value);
  if (typeof value === 'boolean') return wrap(' t="b"', value ? 1 : 0);
  return isError(value) ? wrap(' t="e"', value.error) : wrap(' t="str"', textMarkup(value));
}
