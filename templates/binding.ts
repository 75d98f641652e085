import { z } from 'zod';
import type { ElementType, PeriodKind } from '../core/index.ts';
import type { MeasureCounts } from './measure-sql.ts';

/** Whose task a doubtful cell becomes. */
export type Responsible = 'community' | 'grid' | 'subdistrict';

export type TemplateKind = 'roster' | 'indicator' | 'crosstab';

/**
 * Which element or expression fills which place of a template; `loadTemplates` reads it from `binding.yaml`.
 *
 * SQL in a binding runs on the pinned publication. It may use the DATE parameters `$period_start`, `$period_end` (the first
 * day after the period) and `$as_of` (the day of the prefill), and nothing that a user typed.
 */
export interface Binding {
  readonly id: string;
  readonly version: number;
  readonly kind: TemplateKind;
  readonly title: string;
  readonly periodKind: PeriodKind;
  /** Name of the sheet that is filled. */
  readonly sheet: string;
  readonly responsible: Responsible;
  /** Roster and cross-tab: what a row is. */
  readonly rows?: BindingRows;
  /** Roster and cross-tab: the fixed columns in sheet order. Empty for an indicator form. */
  readonly columns: readonly BindingColumn[];
  /** Cross-tab: the column group that is repeated per period. */
  readonly across?: BindingAcross;
  /** Indicator form: one per filled line. */
  readonly indicators?: readonly Indicator[];
  readonly places: Places;
}

export interface BindingRows {
  /** `housing.dwelling` */
  readonly mart: string;
  /** SQL condition over the mart's row. */
  readonly where?: string;
  readonly key: readonly string[];
  /** The column that holds the row's org path. */
  readonly orgPath: string;
  /** SQL order terms, for example `total_tax DESC`. */
  readonly orderBy: readonly string[];
}

export interface BindingColumn {
  readonly name: string;
  readonly title: string;
  /** Catalogue element: value `f`, provenance `f_s`, `f_o` of its mart. */
  readonly element?: string;
  /** SQL expression over the row; the cell's class is `d` and it is never asked. */
  readonly derive?: string;
  /** SQL condition over the row; where it is not true the cell is not applicable: blank, class `d`, not asked. */
  readonly when?: string;
  /** Nobody holds it: asked until answered, then held for `ttlDays`. */
  readonly manual?: { readonly ttlDays: number };
  /** Of a measure: SQL conditions over the row it comes from, under which its figure is asked instead of trusted. */
  readonly doubt?: { readonly conflict?: string; readonly missing?: string };
  /** `false`: a blank stays blank and is never asked (remarks). */
  readonly ask: boolean;
  /** `true`: blank is a good answer, so a missing value is not asked. */
  readonly optional: boolean;
  readonly type: ElementType;
  readonly unit?: string;
  /** Name of the catalogue's code list. */
  readonly codes?: string;
  readonly format: CellFormat;
  /** Sheet column in the template, `A`; of a measure: where it stands in the sample group. */
  readonly at: string;
}

/**
 * How a value is written into the form.
 *
 * - `text` text as it is (numbers too, so that an 18-digit identity number stays whole)
 * - `number` a number cell; the template's number format decides how it looks
 * - `date-serial` an Excel date serial; the template's date format decides how it looks
 * - `date-text` `2026-11-22`
 * - `date-dots` `2026.11.22`
 * - `serial` 1, 2, 3 … in the order of the rows, whatever the record says
 */
export type CellFormat = 'text' | 'number' | 'date-serial' | 'date-text' | 'date-dots' | 'serial';

export interface BindingAcross {
  /** `enterprise.tax_quarter` */
  readonly mart: string;
  /** Columns of `mart` that hold the row's key, in the key's order. */
  readonly key: readonly string[];
  /** Column of `mart` that holds the period's text (`2026-Q3`). */
  readonly periodColumn: string;
  /** Columns of one group in sheet order; `derive` is an expression over a row of `mart`. */
  readonly measures: readonly BindingColumn[];
  /** `quarters-of-year`: from the first quarter of the year up to the reported one. */
  readonly periods: 'quarters-of-year';
}

export interface Indicator {
  readonly name: string;
  readonly title: string;
  /**
   * One row per community: `org_path`, `value`, `inputs` (rows looked at) and `doubtful` (those among them whose deciding
   * fields are missing, stale or in conflict); a measure's SQL also has `slips` (records that are probably counted by mistake).
   */
  readonly sql: string;
  /** The measure of `vocabulary/measures.yaml` that `sql` was made from. */
  readonly measure?: string;
  /** The same as aggregates, where other indicators of the form may share the pass over the rows. */
  readonly counts?: MeasureCounts;
  readonly unit: string;
  /** Two figures that differ by no more than this share say the same: a count over thousands of records is never exact. */
  readonly tolerance: number;
  /** People are asked when `doubtful / inputs` is above this share, or `slips` above `tolerance` × value; -1: always, because sources hear of it too late or too roughly. */
  readonly askAbove: number;
  /** Sheet row of the indicator's line in the template. */
  readonly row: number;
}

/** Where things stand in the template: hidden defined names, so that upstream's layout may move around them. */
export interface Places {
  /** Sample row: repeated once per record. */
  readonly row?: string;
  /** Sample columns: repeated once per community (indicator form) or per period (cross-tab). */
  readonly group?: string;
  /** Heading cell of the sample columns: gets the community's or the period's name. */
  readonly groupTitle?: string;
  /** Single cells → their text; `{{unit}}` and the other words of `TextValues` are filled in. */
  readonly texts: Readonly<Record<string, string>>;
}

const sqlText = z.string().trim().min(1);
const columnName = z.string().regex(/^[a-z][a-z0-9_]*$/);
const definedName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.]*$/);
const elementType = z.enum(['text', 'code', 'integer', 'decimal', 'date', 'timestamp', 'boolean']);

const columnSchema = z
  .strictObject({
    name: columnName,
    title: z.string().min(1),
    element: z.string().optional(),
    derive: sqlText.optional(),
    when: sqlText.optional(),
    manual: z
      .strictObject({ type: elementType, codes: z.string().optional(), ttlDays: z.number().int().positive() })
      .optional(),
    doubt: z.strictObject({ conflict: sqlText.optional(), missing: sqlText.optional() }).optional(),
    ask: z.boolean().default(true),
    optional: z.boolean().optional(),
    type: elementType.optional(),
    unit: z.string().optional(),
    codes: z.string().optional(),
    format: z.enum(['text', 'number', 'date-serial', 'date-text', 'date-dots', 'serial']).optional(),
    /** Absent: right of the column before. */
    at: z
      .string()
      .regex(/^[A-Z]{1,3}$/)
      .optional(),
  })
  .refine(
    (column) => [column.element, column.derive, column.manual].filter((source) => source !== undefined).length === 1,
    { message: 'a column needs exactly one of element, derive, manual' },
  );

const indicatorSchema = z
  .strictObject({
    name: columnName,
    title: z.string().min(1),
    sql: sqlText.optional(),
    measure: z.string().optional(),
    unit: z.string().optional(),
    tolerance: z.number().min(0).max(1).default(0),
    askAbove: z.number().min(-1).max(1).default(0.2),
    row: z.number().int().min(1),
  })
  .refine((indicator) => (indicator.sql === undefined) !== (indicator.measure === undefined), {
    message: 'an indicator needs exactly one of sql, measure',
  });

/** `binding.yaml` as it is written; `resolveBinding` fills in what the catalogue and the vocabulary know. */
export const bindingSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
    version: z.number().int().min(1),
    kind: z.enum(['roster', 'indicator', 'crosstab']),
    title: z.string().min(1),
    periodKind: z.enum(['day', 'week', 'month', 'quarter', 'year']),
    sheet: z.string().min(1),
    responsible: z.enum(['community', 'grid', 'subdistrict']),
    rows: z
      .strictObject({
        mart: z.string().regex(/^[a-z_]+\.[a-z_]+$/),
        where: sqlText.optional(),
        key: z.array(columnName).min(1),
        orgPath: columnName,
        orderBy: z.array(sqlText).min(1),
      })
      .optional(),
    columns: z.array(columnSchema).default([]),
    across: z
      .strictObject({
        mart: z.string().regex(/^[a-z_]+\.[a-z_]+$/),
        key: z.array(columnName).min(1),
        periodColumn: columnName,
        measures: z.array(columnSchema).min(1),
        periods: z.literal('quarters-of-year'),
      })
      .optional(),
    indicators: z.array(indicatorSchema).min(1).optional(),
    places: z.strictObject({
      row: definedName.optional(),
      group: definedName.optional(),
      groupTitle: definedName.optional(),
      texts: z.record(definedName, z.string()).default({}),
    }),
  })
  .superRefine((binding, context) => {
    const wrong = (message: string) => context.addIssue({ code: 'custom', message });
    if (binding.kind === 'indicator') {
      if (!binding.indicators) wrong('an indicator form needs indicators');
      if (!binding.places.group) wrong('an indicator form needs places.group');
    } else {
      if (!binding.rows) wrong(`a ${binding.kind} needs rows`);
      if (!binding.places.row) wrong(`a ${binding.kind} needs places.row`);
      if (binding.columns.length === 0) wrong(`a ${binding.kind} needs columns`);
    }
    if (binding.kind === 'crosstab' && !(binding.across && binding.places.group)) {
      wrong('a crosstab needs across and places.group');
    }
    const names = [...binding.columns, ...(binding.across?.measures ?? []), ...(binding.indicators ?? [])].map(
      (item) => item.name,
    );
    const doubled = names.find((name, index) => names.indexOf(name) !== index);
    if (doubled) wrong(`the name ${doubled} stands twice`);
  });

export type BindingSource = z.infer<typeof bindingSchema>;
export type ColumnSource = z.infer<typeof columnSchema>;
export type IndicatorSource = z.infer<typeof indicatorSchema>;
