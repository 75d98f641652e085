import type { TemplateKind } from './binding.ts';
import type { FormGrid } from './form-grid.ts';
import type { FormColumn } from './form-layout.ts';
import { formText } from './form-text.ts';

/** One line of a form whose lines are given: an indicator, or an org unit of a cross-tab. */
export interface FormLine {
  readonly row: number;
  /** Section, the line it belongs to, and the label itself: `['一、警情情况', '110警情总数', '其中：刑事类警情']`. */
  readonly path: readonly string[];
  readonly unit?: string;
  /** True when the form computes the line itself. */
  readonly formula: boolean;
}

const LABEL_HEADING = /指标|项目|名称|内容|类别|分类|区域|居民区|居委|社区|村|单位|街道|部门/;
const INDICATOR_HEADING = /指标名称|^指标$|计量单位|行次|代码|项目名称|统计项目|统计内容|^项目$/;
const ORG_LABEL = /(?:居民区|居委会?|社区|村委?会?|街道|镇|网格|园区)$|^(?:合计|总计|全街道|全区)$/;
const SECTION = /^(?:[一二三四五六七八九十]+[、.]|\([一二三四五六七八九十]+\))/;
const NOT_A_VALUE = /^(?:代码|行次|序号|备注|说明)$|合计$|总计$/;
const PERIOD_GROUP = /^(?:第?[一二三四1-4]?季度|\d{1,2}月份?|\d{4}年)$/;

/** The given lines of a form, and from them which kind of form it is. */
export function readLines(
  grid: FormGrid,
  columns: readonly FormColumn[],
  first: number,
  last: number,
): { readonly lines: readonly FormLine[]; readonly kind: TemplateKind } {
  const headings = columns.map(({ path }) => formText(path.at(-1)!).plain);
  const byPeriod = columns.some(
    ({ path }) => path.length > 1 && path.some((text) => PERIOD_GROUP.test(formText(text).plain)),
  );
  const labels = columns
    .slice(0, 3)
    .filter((column, index) => LABEL_HEADING.test(headings[index]!) && isLabel(grid, column.index, first, last))
    .at(0);
  if (!labels) return { lines: [], kind: byPeriod ? 'crosstab' : 'roster' };
  const values = columns.filter(({ index }) => index > labels.index);
  const texts = values.filter(({ index }) => isLabel(grid, index, first, last));
  const isIndicator = headings.some((heading) => INDICATOR_HEADING.test(heading));
  const orgs = rowsWithText(grid, labels.index, first, last).filter((row) =>
    ORG_LABEL.test(plainAt(grid, row, labels.index)),
  );
  const isOrgTable = orgs.length >= 3 && orgs.length >= rowsWithText(grid, labels.index, first, last).length * 0.7;
  // Many text columns beside the label: a roster that somebody has filled.
  if (!isIndicator && !(isOrgTable && texts.length <= 2) && texts.length > 0) {
    return { lines: [], kind: byPeriod ? 'crosstab' : 'roster' };
  }
  const lines = linesOf(grid, columns, labels, first, last);
  if (lines.length < 3 && !isIndicator) return { lines: [], kind: byPeriod ? 'crosstab' : 'roster' };
  return { lines, kind: isOrgTable ? 'crosstab' : 'indicator' };
}

function linesOf(
  grid: FormGrid,
  columns: readonly FormColumn[],
  labels: FormColumn,
  first: number,
  last: number,
): FormLine[] {
  const unitColumn = columns.find(({ path }) => /^(?:计量)?单位$/.test(formText(path.at(-1)!).plain));
  const value = columns.find(
    ({ index, path }) =>
      index > labels.index && index !== unitColumn?.index && !NOT_A_VALUE.test(formText(path.at(-1)!).plain),
  );
  const lines: FormLine[] = [];
  let section: string[] = [];
  let parent: { label: string; indent: number } | undefined;
  let before: { label: string; indent: number } | undefined;
  for (const row of rowsWithText(grid, labels.index, first, last)) {
    const raw = grid.at(row, labels.index).text;
    const label = formText(raw).shown;
    const cell = grid.at(row, labels.index);
    const unit = unitColumn && plainAt(grid, row, unitColumn.index);
    const isWide = cell.right >= columns.at(-1)!.index;
    if (isWide || (SECTION.test(label) && (unit === undefined || /^[—-]*$/.test(unit)))) {
      section = [label];
      parent = undefined;
      before = undefined;
      continue;
    }
    const indent = /^[\s　]*/u.exec(raw)![0].length;
    if (/^其中/.test(label) && before) parent = before;
    else if (parent && indent <= parent.indent) parent = undefined;
    lines.push({
      row,
      path: [...section, ...(parent ? [parent.label] : []), label],
      ...(unit !== undefined && unit !== '' && !/^[—-]+$/.test(unit) && { unit }),
      formula: value !== undefined && grid.at(row, value.index).formula,
    });
    if (!/^其中/.test(label) && !parent) before = { label, indent };
  }
  return lines;
}

function rowsWithText(grid: FormGrid, column: number, first: number, last: number): number[] {
  const rows: number[] = [];
  for (let row = first; row <= last; row++) {
    const cell = grid.at(row, column);
    if (cell.top === row && cell.text.trim() !== '' && !cell.number && !cell.formula) rows.push(row);
  }
  return rows;
}

/** A column whose cells mostly hold words. */
function isLabel(grid: FormGrid, column: number, first: number, last: number): boolean {
  const rows = rowsWithText(grid, column, first, last).filter(
    (row) => !/^[\d.,%—-]*$/.test(plainAt(grid, row, column)),
  );
  return rows.length >= 2 && rows.length >= (last - first + 1) * 0.6;
}

function plainAt(grid: FormGrid, row: number, column: number): string {
  return grid.at(row, column).text.normalize('NFKC').replace(/\s+/gu, '');
}
