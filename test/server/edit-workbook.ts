import ExcelJS from 'exceljs';

/** First row below the hidden ids and the titles. */
export const FIRST_ROW = 3;

export interface CellName {
  readonly rowKey: string;
  readonly column: string;
}

/** The sheet as it stands in another program: cells by row key and column id. */
export type Edit = (cell: (at: CellName) => ExcelJS.Cell, sheet: ExcelJS.Worksheet) => void;

/** A task's workbook after somebody edited it in a program that writes every part anew. */
export async function editWorkbook(bytes: Uint8Array, edit: Edit): Promise<Buffer> {
  const book = new ExcelJS.Workbook();
  await book.xlsx.load(bytes.slice().buffer);
  const sheet = book.worksheets[0]!;
  const places = new Map<string, [number, number]>();
  const ids = sheet.getRow(1).values as string[];
  sheet.eachRow((row, number) => {
    if (number < FIRST_ROW) return;
    for (let column = 2; column < ids.length; column++)
      places.set(`${row.getCell(1).value} ${ids[column]}`, [number, column]);
  });
  edit(({ rowKey, column }) => sheet.getCell(...places.get(`${rowKey} ${column}`)!), sheet);
  return Buffer.from(await book.xlsx.writeBuffer());
}
