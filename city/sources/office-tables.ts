import type { Catalogue } from '../../core/catalogue.ts';
import type { Json } from '../../core/json.ts';
import type { Table, TableShape } from './table.ts';

const TYPES = {
  text: 'text',
  code: 'text',
  integer: 'integer',
  decimal: 'numeric',
  date: 'date',
  timestamp: 'timestamp',
  boolean: 'boolean',
} as const;

/** The Postgres type of a raw column; what is not of the catalogue is text, the observation time a timestamp. */
export function columnType(catalogue: Catalogue, shape: TableShape, column: string): string {
  if (column === shape.observed.column) return 'timestamp';
  const field = shape.columns[column];
  const element = catalogue.entity(shape.entity).elements.find((each) => each.field === field);
  return element ? TYPES[element.type] : 'text';
}

/** Rows in the text format of COPY. */
export function copyLines(table: Table, positions: Float64Array): string {
  const lines: string[] = [];
  for (const position of positions) {
    const { values } = table.row(position);
    lines.push(table.columns.map((column) => copyValue(values[column])).join('\t'));
  }
  lines.push('');
  return lines.join('\n');
}

/** What is special to COPY; office registers hold none of it, but a mistyped value might. */
const SPECIAL = /[\\\t\n\r]/;

function copyValue(value: Json | undefined): string {
  if (value === null || value === undefined) return '\\N';
  if (typeof value !== 'string') return String(value);
  return SPECIAL.test(value) ? value.replaceAll(/[\\\t\n\r]/g, ' ') : value;
}
