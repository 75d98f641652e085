import { tsvRows } from './tsv.ts';

/** At most this many cells are taken from one paste. */
export const PASTE_LIMIT = 50_000;

/**
 * The cells that Excel, WPS or a web table put on the clipboard. HTML is preferred: it keeps a line break inside a cell;
 * TSV is the fallback, with Excel's quoting.
 */
export function clipboardTable(
  data: { getData(type: string): string },
  parseHtml: (html: string) => Document,
): string[][] {
  const html = data.getData('text/html');
  const table = html === '' ? null : parseHtml(html).querySelector('table');
  const rows = table ? tableRows(table) : tsvRows(data.getData('text/plain'));
  return withinLimit(rows);
}

function tableRows(table: HTMLTableElement): string[][] {
  return Array.from(table.rows, (row) =>
    Array.from(row.cells).flatMap((cell) => [
      cellText(cell),
      // A merged cell covers columns: the ones behind it come empty, as in Excel.
      ...Array.from({ length: Math.min(cell.colSpan, 100) - 1 }, () => ''),
    ]),
  );
}

function cellText(cell: HTMLTableCellElement): string {
  for (const br of Array.from(cell.querySelectorAll('br'))) br.replaceWith('\n');
  return (cell.textContent ?? '')
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter((line, _i, lines) => line !== '' || lines.length === 1)
    .join('\n');
}

function withinLimit(rows: string[][]): string[][] {
  let cells = 0;
  const end = rows.findIndex((row) => {
    cells += row.length;
    return cells > PASTE_LIMIT;
  });
  return end < 0 ? rows : rows.slice(0, end);
}
