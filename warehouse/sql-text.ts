/** A quoted SQL identifier. */
export function ident(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A SQL text literal; for names and paths that are declared in this repository or made by the platform, never for a person's input. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** `(1, 2), (3, 4)`: the body of a VALUES clause from SQL expressions. */
export function valuesRows(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `(${row.join(', ')})`).join(', ');
}
