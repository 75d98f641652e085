import {
  type Catalogue,
  type CheckName,
  type Element,
  type ElementType,
  type Entity,
  type Period,
  periodTitle,
  SENSITIVITIES,
  type Sensitivity,
  THEMES,
  type Theme,
} from '../core/index.ts';
import type { SnapshotColumn } from '../store/index.ts';
import {
  type Binding,
  type BindingColumn,
  type CellFormat,
  groupPeriods,
  type Indicator,
  measureColumn,
} from '../templates/index.ts';
import type { ValueRule } from './cell-value.ts';
import { bindingUnusable } from './errors.ts';

export type ColumnSource = 'element' | 'manual' | 'derived' | 'serial' | 'measure' | 'indicator';

/** One column of a form for one period: what the binding says, with the cross-tab's groups and the indicators laid out. */
export interface FormColumn extends SnapshotColumn, ValueRule {
  readonly source: ColumnSource;
  /** Element columns: the catalogue element, and the field of the row's mart. */
  readonly element?: Element;
  readonly field?: string;
  /** SQL of derived columns and measures. */
  readonly derive?: string;
  readonly when?: string;
  readonly optional: boolean;
  readonly ttlDays?: number;
  readonly check?: CheckName;
  readonly format: CellFormat;
  /** Measures: the period of their group. */
  readonly period?: Period;
  /** Measures: their name in the binding. */
  readonly measure?: string;
  /** Measures: SQL conditions over their row under which the figure is asked. */
  readonly doubt?: { readonly conflict?: string; readonly missing?: string };
  readonly indicator?: Indicator;
  /** True for the few columns that tell one row from another. */
  readonly identifying: boolean;
}

/** Everything that prefill, tasks, merge and export need to know about a form for one period. */
export interface FormPlan {
  readonly binding: Binding;
  readonly period: Period;
  readonly theme: Theme;
  readonly columns: readonly FormColumn[];
  /** The entity of a roster's or cross-tab's rows. */
  readonly entity?: Entity;
  /** Periods of the cross-tab's groups, in order. */
  readonly groups: readonly Period[];
  /** Under which entity the confirmations of manual columns and indicators are kept. */
  readonly formEntity: string;
  column(name: string): FormColumn | undefined;
}

/**
 * Lays a binding out for a period.
 *
 * @throws FillOnceError `reports.binding` when it names an element of another mart than its rows', or rows without their key
 */
export function planForm(binding: Binding, period: Period, catalogue: Catalogue): FormPlan {
  const entity = binding.rows && entityOf(binding, catalogue);
  const groups = binding.across ? groupPeriods(period) : [];
  const columns = binding.indicators
    ? binding.indicators.map(indicatorColumn)
    : markIdentifying([
        ...binding.columns.map((column) => formColumn(column, binding, entity, catalogue)),
        ...groups.flatMap((group) =>
          binding.across!.measures.map((measure) => columnOfMeasure(measure, group, binding, catalogue)),
        ),
      ]);
  const byName = new Map(columns.map((column) => [column.name, column]));
  return {
    binding,
    period,
    theme: entity?.theme ?? themeOfIndicators(binding),
    columns,
    ...(entity === undefined ? {} : { entity }),
    groups,
    formEntity: `form:${binding.id}`,
    column: (name) => byName.get(name),
  };
}

function entityOf(binding: Binding, catalogue: Catalogue): Entity {
  const [theme, name] = binding.rows!.mart.split('.');
  const entity = catalogue.entities.find((each) => each.theme === theme && each.name === name);
  if (!entity || entity.key.join() !== binding.rows!.key.join()) {
    throw bindingUnusable(binding.id, {
      zh: `行的数据集 ${binding.rows!.mart} 不是目录中的实体，或行的键不是实体的键`,
      en: `the rows' mart ${binding.rows!.mart} is no entity of the catalogue, or their key is not the entity's`,
    });
  }
  return entity;
}

function formColumn(
  column: BindingColumn,
  binding: Binding,
  entity: Entity | undefined,
  catalogue: Catalogue,
): FormColumn {
  const common = {
    name: column.name,
    title: column.title,
    type: column.type,
    format: column.format,
    optional: column.optional,
    identifying: false,
    ...(column.unit === undefined ? {} : { unit: column.unit }),
    ...(column.codes === undefined ? {} : { codes: [...catalogue.codeList(column.codes).values.keys()] }),
    ...(column.when === undefined ? {} : { when: column.when }),
  };
  if (column.format === 'serial') return { ...common, source: 'serial', asked: false, sensitivity: 'public' };
  if (column.derive !== undefined) {
    const sensitivity = sensitivityOfSql(column.derive, entity);
    return { ...common, source: 'derived', asked: false, sensitivity, derive: column.derive };
  }
  if (column.manual) {
    const sensitivity: Sensitivity = 'internal';
    return { ...common, source: 'manual', asked: column.ask, sensitivity, ttlDays: column.manual.ttlDays };
  }
  const element = catalogue.element(column.element!);
  if (element.entity !== entity?.name) {
    throw bindingUnusable(binding.id, {
      zh: `列“${column.title}”的数据元 ${element.id} 不属于行的数据集`,
      en: `element ${element.id} of column '${column.title}' does not belong to the rows' mart`,
    });
  }
  return {
    ...common,
    source: 'element',
    // A key names the row: another key would be another row.
    asked: column.ask && !entity.key.includes(element.field),
    sensitivity: element.sensitivity,
    element,
    field: element.field,
    ...(element.ttlDays === undefined ? {} : { ttlDays: element.ttlDays }),
    ...(element.check === undefined ? {} : { check: element.check }),
  };
}

function columnOfMeasure(measure: BindingColumn, group: Period, binding: Binding, catalogue: Catalogue): FormColumn {
  const theme = binding.across!.mart.split('.')[0];
  const alike = catalogue.elements.find((element) => element.theme === theme && element.field === measure.name);
  return {
    name: measureColumn(measure.name, group),
    title: `${periodTitle(group)} ${measure.title}`,
    type: measure.type,
    format: measure.format,
    source: 'measure',
    // A figure is computed, so it is asked only where the binding says what makes it doubtful.
    asked: measure.doubt !== undefined,
    optional: true,
    sensitivity: alike?.sensitivity ?? 'internal',
    derive: measure.derive ?? catalogue.element(measure.element!).field,
    period: group,
    measure: measure.name,
    ...(measure.doubt === undefined ? {} : { doubt: measure.doubt }),
    identifying: false,
    ...(measure.unit === undefined ? {} : { unit: measure.unit }),
  };
}

function indicatorColumn(indicator: Indicator): FormColumn {
  return {
    name: indicator.name,
    title: indicator.title,
    type: 'decimal' satisfies ElementType,
    format: 'number',
    source: 'indicator',
    asked: true,
    optional: false,
    sensitivity: 'internal',
    unit: indicator.unit,
    indicator,
    identifying: false,
  };
}

/** A derived value gives away what it is made of: it is as sensitive as the most sensitive field that its SQL names. */
function sensitivityOfSql(sql: string, entity: Entity | undefined): Sensitivity {
  const words = new Set(sql.match(/[a-z_][a-z0-9_]*/g));
  const named = entity?.elements.filter((element) => words.has(element.field)) ?? [];
  const ranks = named.map((element) => SENSITIVITIES.indexOf(element.sensitivity));
  return SENSITIVITIES[Math.max(0, ...ranks)]!;
}

/** The first three lasting text columns: names, addresses and codes, by which a person knows the row. */
function markIdentifying(columns: readonly FormColumn[]): FormColumn[] {
  let left = 3;
  return columns.map((column) => {
    const lasting = column.source === 'element' && column.type === 'text' && column.ttlDays === undefined;
    const open = SENSITIVITIES.indexOf(column.sensitivity) < SENSITIVITIES.indexOf('sensitive');
    return lasting && open && left-- > 0 ? { ...column, identifying: true } : column;
  });
}

function themeOfIndicators(binding: Binding): Theme {
  const words = binding.indicators?.flatMap((each) => (each.measure ?? each.sql).match(/[a-z]+(?=\.)/g) ?? []) ?? [];
  const theme = words.find((word) => (THEMES as readonly string[]).includes(word));
  if (theme !== undefined) return theme as Theme;
  throw bindingUnusable(binding.id, {
    zh: '指标没有用到任何专题的数据',
    en: 'its indicators use no theme',
  });
}
