import type { Catalogue, ElementType } from '../core/index.ts';
import {
  type Binding,
  type BindingColumn,
  type BindingSource,
  bindingSchema,
  type CellFormat,
  type ColumnSource,
  type Indicator,
  type IndicatorSource,
} from './binding.ts';
import { bindingInvalid } from './errors.ts';
import type { Vocabulary } from './vocabulary.ts';
import { columnName, parseRange } from './xlsx/cell-reference.ts';

export interface BindingContext {
  readonly catalogue: Catalogue;
  readonly vocabulary: Vocabulary;
  /** Text of a `.sql` file beside the binding. */
  readSql(file: string): string;
}

/**
 * A written binding with everything that the catalogue and the vocabulary know filled in: types, units, code lists, formats,
 * sheet columns, the SQL of measures and of `.sql` files.
 *
 * @param source what `binding.yaml` holds, unchecked
 * @param file shown in errors
 * @throws FillOnceError `templates.binding` naming what is wrong.
 */
export function resolveBinding(source: unknown, file: string, context: BindingContext): Binding {
  const parsed = bindingSchema.safeParse(source);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw bindingInvalid(file, `${issue.path.join('.')}: ${issue.message}`);
  }
  const { rows, across, indicators, places, columns, ...plain }: BindingSource = parsed.data;
  try {
    return {
      ...plain,
      columns: resolveColumns(columns, context),
      ...(rows && { rows: { ...rows, ...(rows.where && { where: sqlOf(rows.where, context) }) } }),
      ...(across && { across: { ...across, measures: resolveColumns(across.measures, context) } }),
      ...(indicators && { indicators: indicators.map((indicator) => resolveIndicator(indicator, context)) }),
      places,
    } as Binding;
  } catch (error) {
    throw bindingInvalid(file, error instanceof Error ? error.message : String(error));
  }
}

function resolveColumns(sources: readonly ColumnSource[], context: BindingContext): BindingColumn[] {
  let left = 0;
  return sources.map((source) => {
    left = source.at === undefined ? left + 1 : parseRange(`${source.at}1`)!.left;
    return resolveColumn(source, columnName(left), context);
  });
}

function resolveColumn(source: ColumnSource, at: string, { catalogue }: BindingContext): BindingColumn {
  const element = source.element === undefined ? undefined : catalogue.element(source.element);
  const type = source.type ?? source.manual?.type ?? element?.type ?? 'text';
  const unit = source.unit ?? element?.unit;
  const codes = source.codes ?? source.manual?.codes ?? element?.codes;
  if (type === 'code') catalogue.codeList(codes ?? '');
  const { name, title, derive, when, manual } = source;
  return {
    name,
    title,
    ...(source.element !== undefined && { element: source.element }),
    ...(derive !== undefined && { derive }),
    ...(when !== undefined && { when }),
    ...(source.doubt !== undefined && { doubt: source.doubt }),
    ...(manual !== undefined && { manual: { ttlDays: manual.ttlDays } }),
    ask: derive === undefined && source.ask,
    optional: source.optional ?? element?.optional ?? false,
    type,
    ...(unit !== undefined && { unit }),
    ...(codes !== undefined && { codes }),
    format: source.format ?? usualFormat(type),
    at,
  };
}

function usualFormat(type: ElementType): CellFormat {
  if (type === 'integer' || type === 'decimal') return 'number';
  if (type === 'date' || type === 'timestamp') return 'date-text';
  return 'text';
}

function resolveIndicator(source: IndicatorSource, context: BindingContext): Indicator {
  const { name, title, tolerance, askAbove, row } = source;
  if (source.measure === undefined) {
    return { name, title, tolerance, askAbove, row, unit: source.unit ?? '', sql: sqlOf(source.sql!, context) };
  }
  const measure = context.vocabulary.measures.get(source.measure);
  if (!measure) throw new Error(`${name}: the vocabulary has no measure ${source.measure}`);
  const unit = source.unit ?? measure.unit;
  const { sql, counts } = measure;
  return { name, title, tolerance, askAbove, row, unit, sql, measure: measure.id, ...(counts && { counts }) };
}

/** SQL longer than a line lives in a file beside the binding and is named instead of written out. */
function sqlOf(text: string, { readSql }: BindingContext): string {
  return /^[\w-]+\.sql$/.test(text) ? readSql(text) : text;
}
