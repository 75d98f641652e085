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
