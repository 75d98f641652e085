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

/** A block of cells as TSV, quoted where a value holds a tab, a quote or a line break. */
export function toTsv(rows: readonly (readonly (string | null)[])[]): string {
  return rows
    .map((row) =>
      row
        .map((value) =>
          value !== null && /[\t\n\r"]/.test(value) ? `"${value.replaceAll('"', '""')}"` : (value ?? ''),
        )
        .join('\t'),
    )
    .join('\r\n');
}

/** TSV as Excel writes it: a cell that begins with a quote runs to its closing quote, line breaks included. */
export function tsvRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  const body = text.replace(/\r\n?/g, '\n').replace(/\n$/, '');
  while (at <= body.length) {
    const [value, next] = tsvCell(body, at);
    row.push(value);
    if (body[next] !== '\t') {
      rows.push(row);
      row = [];
    }
    at = next + 1;
  }
  return rows;
}

function tsvCell(text: string, start: number): [value: string, end: number] {
  if (text[start] === '"') {
    let value = '';
    for (let i = start + 1; i < text.length; i++) {
      if (text[i] !== '"') value += text[i];
      else if (text[i + 1] === '"') {
        value += '"';
        i += 1;
      } else if (i + 1 === text.length || text[i + 1] === '\t' || text[i + 1] === '\n') return [value, i + 1];
      else break;
    }
    // A quote that never closes is an ordinary character: inches, for one.
  }
  let end = start;
  while (end < text.length && text[end] !== '\t' && text[end] !== '\n') end += 1;
  return [text.slice(start, end), end];
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
