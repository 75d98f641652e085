/** An error value such as `#N/A`. */
export interface CellError {
  readonly error: string;
}

/** What a cell holds; null for a cell that is there (it has a style) but empty. */
export type CellValue = string | number | boolean | Date | CellError | null;

export interface Cell {
  readonly value: CellValue;
  /** Without `=`. Of a formula shared by several cells only the first carries the text, the others ''. */
  readonly formula?: string;
  /** Index into the workbook's cell styles. */
  readonly styleId: number;
}

/**
 * One row as it was read. The arrays are by column from 0; what the file does not mention is undefined. `values` is the
 * fast way; `cells` makes an object per cell when asked.
 */
export class Row {
  /** From 1, as Excel shows it. */
  readonly number: number;
  readonly hidden: boolean;
  readonly values: readonly (CellValue | undefined)[];
  readonly styleIds: readonly number[];
  /** Formula texts by column from 0; undefined when the row has none. */
  readonly formulas: ReadonlyMap<number, string> | undefined;
  /** Cells that hold a value. */
  readonly filled: number;

  constructor(
    number: number,
    hidden: boolean,
    values: readonly (CellValue | undefined)[],
    styleIds: readonly number[],
    formulas: ReadonlyMap<number, string> | undefined,
    filled: number,
  ) {
    this.number = number;
    this.hidden = hidden;
    this.values = values;
    this.styleIds = styleIds;
    this.formulas = formulas;
    this.filled = filled;
  }

  /** The cell in a column from 0. */
  cell(column: number): Cell | undefined {
    const value = this.values[column];
    if (value === undefined) return undefined;
    const formula = this.formulas?.get(column);
    const styleId = this.styleIds[column] ?? 0;
    return formula === undefined ? { value, styleId } : { value, formula, styleId };
  }

  /** The row without what is right of `columns`. */
  cut(columns: number): Row {
    if (this.values.length <= columns) return this;
    const values = this.values.slice(0, columns);
    const filled = values.reduce(
      (count: number, value) => (value === null || value === undefined ? count : count + 1),
      0,
    );
    return new Row(this.number, this.hidden, values, this.styleIds.slice(0, columns), this.formulas, filled);
  }

  get cells(): (Cell | undefined)[] {
    const cells: (Cell | undefined)[] = [];
    this.values.forEach((_, column) => {
      cells[column] = this.cell(column);
    });
    return cells;
  }
}
