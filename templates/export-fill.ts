import { monthsOf, type Period, parsePeriod, periodTitle } from '../core/index.ts';
import type { Binding, BindingColumn, CellFormat } from './binding.ts';
import { placeMissing } from './errors.ts';
import { readGrids } from './form-grid.ts';
import { layoutOf } from './form-layout.ts';
import type { LayoutOptions } from './layout.ts';
import type { Template } from './template.ts';
import { type CellRange, parseRange } from './xlsx/cell-reference.ts';
import type { CellInput, FillData, RowInput } from './xlsx/fill.ts';
import { openWorkbook } from './xlsx/workbook.ts';

/** A value as it comes from a snapshot or a mart; dates as `2026-11-22`. */
export type ExportValue = string | number | bigint | boolean | Date | null | undefined;

/** Values by column name; a cross-tab's measures by `measureColumn(name, period)`. */
export type ExportRow = Readonly<Record<string, ExportValue>>;

/** The indicator values of one community. */
export interface ExportUnit {
  readonly name: string;
  /** By indicator name. */
  readonly values: ExportRow;
}

/** Words of the texts in `binding.places.texts`. One that is not given leaves the template's own text. */
export interface TextValues {
  /** The reporting office: `锦澜街道`. */
  readonly unit?: string;
  /** `2026-12-03` */
  readonly reportedOn?: string;
  readonly head?: string;
  readonly reviewer?: string;
  readonly author?: string;
  readonly phone?: string;
}

export interface ExportInput {
  readonly template: Template;
  readonly period: Period;
  readonly texts: TextValues;
  /** Roster and cross-tab, in the order of the sheet. */
  readonly rows?: Iterable<ExportRow> | AsyncIterable<ExportRow>;
  /** Indicator form, in the order of the sheet. */
  readonly units?: readonly ExportUnit[];
}

/**
 * What `fillWorkbook` needs to return a form in upstream's layout.
 *
 * @throws FillOnceError `templates.place` when the binding names a place that the workbook does not have.
 * @example
 * const data = await exportFill({ template, period, texts: { unit: '锦澜街道' }, rows });
 * await fillWorkbook(template.file, data, 'out.xlsx');
 */
export async function exportFill(input: ExportInput): Promise<FillData> {
  const { template, period, texts } = input;
  const { binding } = template;
  const places = await readPlaces(template);
  const names = textsOf(binding, period, texts);
  if (binding.indicators) {
    const units = input.units ?? [];
    return {
      names,
      columns: { [binding.places.group!]: units.map((unit, at) => unitCells(binding, places, unit, at)) },
    };
  }
  const groups = binding.across ? groupPeriods(period) : [];
  const rows = { [binding.places.row!]: rowCells(binding, places, groups, input.rows ?? []) };
  if (groups.length === 0) return { names, rows };
  const titles = groups.map((group) => groupCells(places, quarterTitle(group)));
  return { names, rows, columns: { [binding.places.group!]: titles } };
}

/** The name under which a row carries a cross-tab's measure for one period: `revenue_2026q3`. */
export function measureColumn(measure: string, period: Period): string {
  return `${measure}_${period.text.toLowerCase().replace('-', '')}`;
}

/** The quarters of the year up to and with the reported period. */
export function groupPeriods(period: Period): Period[] {
  const quarters = monthsOf(parsePeriod(period.start.slice(0, 4))).map(
    (month) => `${month.slice(0, 4)}-Q${Math.ceil(Number(month.slice(5)) / 3)}`,
  );
  return [...new Set(quarters)].map(parsePeriod).filter((quarter) => quarter.start < period.end);
}

/** A value as a cell input: blank is null, so that the sample's own content goes. */
export function cellInput(value: ExportValue, format: CellFormat): CellInput {
  if (value === null || value === undefined || value === '') return null;
  if (format === 'number' || format === 'serial') {
    const number = typeof value === 'string' || typeof value === 'bigint' ? Number(value) : value;
    return typeof number === 'number' && !Number.isFinite(number) ? String(value) : number;
  }
  const text = value instanceof Date ? value.toISOString().slice(0, 10) : String(value);
  if (format === 'text') return text;
  const day = /^(\d{4})-(\d{2})-(\d{2})/.exec(text);
  if (!day) return text;
  if (format === 'date-serial') return new Date(`${day[0]}T00:00:00Z`);
  return format === 'date-dots' ? day[0].replaceAll('-', '.') : day[0];
}

interface PlaceMap {
  /** Sample row, as wide as the form. */
  readonly row?: CellRange;
  readonly group?: CellRange;
  readonly groupTitle?: CellRange;
  /** Row of column numbers, and the number that stands over the sample group. */
  readonly numbering?: { readonly row: number; readonly first: number };
}

async function readPlaces({ id, file, binding }: Template): Promise<PlaceMap> {
  const workbook = await openWorkbook(file);
  try {
    const rangeOf = (name: string | undefined): CellRange | undefined => {
      if (name === undefined) return undefined;
      const formula = workbook.definedNames.find((candidate) => candidate.name === name)?.formula;
      const range = formula && parseRange(formula.slice(formula.lastIndexOf('!') + 1));
      if (!range) throw placeMissing(id, name);
      return range;
    };
    const { row, group, groupTitle, texts } = binding.places;
    for (const name of Object.keys(texts)) rangeOf(name);
    const groupRange = rangeOf(group);
    const grid = (await readGrids(workbook)).find(({ sheet }) => sheet === binding.sheet);
    const numberRow = grid && layoutOf(grid)?.numberRow;
    const number = groupRange && numberRow !== undefined ? grid!.at(numberRow, groupRange.left) : undefined;
    return {
      ...(row !== undefined && { row: rangeOf(row)! }),
      ...(groupRange && { group: groupRange }),
      ...(groupTitle !== undefined && { groupTitle: rangeOf(groupTitle)! }),
      ...(number?.number && !number.formula && { numbering: { row: number.top, first: Number(number.text) } }),
    };
  } finally {
    await workbook.close();
  }
}

function textsOf(binding: Binding, period: Period, values: TextValues): Record<string, CellInput> {
  const lastDay = new Date(Date.parse(period.end) - 86_400_000).toISOString().slice(0, 10);
  const words: Readonly<Record<string, string | undefined>> = {
    ...values,
    reportedOn: values.reportedOn && dayTitle(values.reportedOn),
    period: periodTitle(period),
    quarters: quartersTitle(period),
    lastDay: dayTitle(lastDay),
  };
  const texts: Record<string, CellInput> = {};
  for (const [name, pattern] of Object.entries(binding.places.texts)) {
    const needed = [...pattern.matchAll(/\{\{(\w+)\}\}/g)].map((match) => words[match[1]!]);
    if (needed.some((word) => word === undefined)) continue;
    texts[name] = pattern.replace(/\{\{(\w+)\}\}/g, (_, word: string) => words[word]!);
  }
  return texts;
}

async function* rowCells(
  binding: Binding,
  places: PlaceMap,
  groups: readonly Period[],
  rows: Iterable<ExportRow> | AsyncIterable<ExportRow>,
): AsyncGenerator<RowInput> {
  const slots = slotsOf(binding, places, groups);
  const width = Math.max(...slots.map(({ at }) => at)) + 1;
  let serial = 0;
  for await (const row of rows) {
    serial++;
    // undefined keeps the sample's formulas (totals over the groups) where no column is bound.
    const cells = new Array<CellInput>(width).fill(undefined);
    for (const { at, name, format } of slots) cells[at] = format === 'serial' ? serial : cellInput(row[name], format);
    yield cells;
  }
}

/** Where each value of a row goes, counted from the sample row's first cell, once the groups have been repeated. */
function slotsOf(binding: Binding, { row, group }: PlaceMap, groups: readonly Period[]) {
  const width = group ? group.right - group.left + 1 : 0;
  const grown = width * (Math.max(1, groups.length) - 1);
  const slot = (column: BindingColumn, name: string, shift: number) => ({
    at: parseRange(`${column.at}1`)!.left - row!.left + shift,
    name,
    format: column.format,
  });
  const fixed = binding.columns.map((column) => {
    const isRight = group !== undefined && parseRange(`${column.at}1`)!.left > group.right;
    return slot(column, column.name, isRight ? grown : 0);
  });
  const repeated = groups.flatMap((period, index) =>
    binding.across!.measures.map((measure) => slot(measure, measureColumn(measure.name, period), index * width)),
  );
  return [...fixed, ...repeated];
}

/** The cells of one community's column, from the top of the sample group down. */
function unitCells(binding: Binding, places: PlaceMap, unit: ExportUnit, index: number): RowInput {
  const { group, numbering } = places;
  const cells = groupCells(places, unit.name);
  if (numbering) cells[numbering.row - group!.top] = numbering.first + index;
  for (const { name, row } of binding.indicators!) cells[row - group!.top] = cellInput(unit.values[name], 'number');
  return cells;
}

/** A repetition of the sample group that changes nothing but its heading. */
function groupCells({ group, groupTitle }: PlaceMap, title: string): CellInput[] {
  const height = group!.bottom - group!.top + 1;
  const cells = new Array<CellInput>(height).fill(undefined);
  if (groupTitle) cells[groupTitle.top - group!.top] = title;
  return cells;
}

function quarterTitle(quarter: Period): string {
  return `第${'一二三四'[Number(quarter.text.at(-1)) - 1]}季度`;
}

/** `2026年1—3季度` */
function quartersTitle(period: Period): string {
  const count = groupPeriods(period).length;
  return `${period.start.slice(0, 4)}年1${count > 1 ? `—${count}` : ''}季度`;
}

function dayTitle(day: string): string {
  return periodTitle(parsePeriod(day));
}

/** What `layoutDifferences` may find changed in an export of a template. */
export function layoutOptions({ places }: Binding): LayoutOptions {
  return {
    texts: Object.keys(places.texts),
    ...(places.row !== undefined && { row: places.row }),
    ...(places.group !== undefined && { group: places.group }),
    ...(places.groupTitle !== undefined && { groupTitle: places.groupTitle }),
  };
}
