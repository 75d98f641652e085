/** What one workbook may cost. Every number is enforced while the bytes stream by, none is taken from a header. */
export interface XlsxLimits {
  /** Size of the file itself. */
  readonly fileBytes: number;
  readonly entries: number;
  /** Inflated bytes of all parts together, counted as they come out of the inflater. */
  readonly inflatedBytes: number;
  /** Inflated bytes of a part that is read whole into memory (styles, a template's sheet), not streamed. */
  readonly partBytes: number;
  /** Inflated : compressed of one part, looked at once the part has grown past `ratioFloorBytes`. */
  readonly ratio: number;
  readonly ratioFloorBytes: number;
  readonly sheets: number;
  /** Cells that hold a value, in all sheets together. */
  readonly cells: number;
  /** Widths of all rows together, each up to its last cell: a cell in column XFD of every row is a trap for who loops. */
  readonly width: number;
  /** Distinct shared strings. */
  readonly sharedStrings: number;
  /** Bytes of all shared strings together: they stay in memory while the workbook is open. */
  readonly sharedStringBytes: number;
  /** Characters in one cell: Excel's own limit. */
  readonly textLength: number;
  /** Merged ranges of one sheet. */
  readonly merges: number;
  readonly styles: number;
  readonly definedNames: number;
  /** Bytes of one row, or of one shared string, with all their markup. */
  readonly rowBytes: number;
  /** Bytes of a part that describes (workbook, styles, relationships), of a sheet's markup before its rows, or after. */
  readonly frameBytes: number;
  /** Nesting of elements in parts that are parsed as a tree. */
  readonly depth: number;
  /** Heap of the process that reads a stranger's file. */
  readonly heapMb: number;
  /** How long that process may take. */
  readonly deadlineMs: number;
}

export const DEFAULT_LIMITS: XlsxLimits = Object.freeze({
  fileBytes: 50 * 1024 * 1024,
  entries: 2_000,
  inflatedBytes: 1_500_000_000,
  partBytes: 128 * 1024 * 1024,
  ratio: 200,
  ratioFloorBytes: 1_000_000,
  sheets: 255,
  cells: 25_000_000,
  width: 120_000_000,
  sharedStrings: 10_000_000,
  sharedStringBytes: 200_000_000,
  textLength: 32_767,
  merges: 65_536,
  styles: 65_490,
  definedNames: 20_000,
  rowBytes: 8_000_000,
  frameBytes: 16_000_000,
  depth: 64,
  heapMb: 256,
  deadlineMs: 120_000,
});

/** Rows and columns of a worksheet, fixed by the format. */
export const MAX_ROWS = 1_048_576;
export const MAX_COLUMNS = 16_384;

/** The default limits with some of them changed. */
export function withLimits(changes?: Partial<XlsxLimits>): XlsxLimits {
  return changes ? { ...DEFAULT_LIMITS, ...changes } : DEFAULT_LIMITS;
}

/** What a streamed zip entry can hold with 32-bit sizes. */
export const MAX_STREAMED_BYTES = 0xffff_fffe;
