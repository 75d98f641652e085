import { tokenize } from '../formula/tokens.ts';
import { isError, NotComputable, type Value } from '../formula/values.ts';
import { child, elements, makeElement, prefixOf, removeChild, textOf, walk, type XmlElement } from '../patch/tree.ts';
import { areaOfToken, type Workbook } from '../patch/workbook.ts';
import type { Recalculation } from '../recalculate/recalculation.ts';
import { textMarkup } from './text.ts';

/** Points worth keeping in the file; a chart of more is drawn from its cells anyway. */
const MOST_POINTS = 5_000;

/**
 * Charts keep a copy of the values they draw. Where the cells behind one changed, the copy is made anew, or dropped when
 * it cannot be: the chart is then drawn from its cells.
 */
export async function refreshCharts(workbook: Workbook, recalculation: Recalculation): Promise<void> {
  const { parts } = workbook;
  for (const sheet of workbook.sheets) {
    for (const drawing of await parts.relations(sheet.part)) {
      if (drawing.type !== 'drawing' || !parts.has(drawing.part)) continue;
      for (const { type, part } of await parts.relations(drawing.part)) {
        if ((type === 'chart' || type === 'chartEx') && parts.has(part)) {
          refreshChart((await parts.tree(part)).root, workbook, recalculation);
        }
      }
    }
  }
}

function refreshChart(root: XmlElement, workbook: Workbook, recalculation: Recalculation): void {
  for (const holder of walk(root)) {
    const formula = child(holder, 'f');
    if (!formula) continue;
    const cache = elements(holder).find(({ local }) => local.endsWith('Cache') || local === 'lvl');
    if (!cache) continue;
    const values = pointsOf(textOf(formula), workbook, recalculation);
    if (values === 'unchanged') continue;
    if (values === undefined || (cache.local !== 'numCache' && cache.local !== 'strCache')) {
      for (const element of elements(holder)) {
        if (element.local.endsWith('Cache') || element.local === 'lvl') removeChild(holder, element);
      }
    } else fillCache(cache, values);
  }
}

function pointsOf(
  formula: string,
  workbook: Workbook,
  recalculation: Recalculation,
): Value[] | 'unchanged' | undefined {
  const [token, ...more] = tokenize(formula);
  if (token?.kind !== 'reference' || more.length > 0 || token.sheet?.external || token.sheet?.last) return undefined;
  const sheet = token.sheet && workbook.sheet(token.sheet.first);
  if (!sheet) return undefined;
  const area = areaOfToken(token);
  if (!recalculation.isStale({ kind: 'range', sheet: sheet.index, area })) return 'unchanged';
  const count = (area.bottom - area.top + 1) * (area.right - area.left + 1);
  if (count > MOST_POINTS) return undefined;
  try {
    const values: Value[] = [];
    for (let row = area.top; row <= area.bottom; row++) {
      for (let column = area.left; column <= area.right; column++)
        values.push(recalculation.value(sheet.index, row, column));
    }
    return values;
  } catch (error) {
    if (error instanceof NotComputable) return undefined;
    throw error;
  }
}

function fillCache(cache: XmlElement, values: readonly Value[]): void {
  const prefix = prefixOf(cache);
  const isNumbers = cache.local === 'numCache';
  const kept = elements(cache).filter(({ local }) => local !== 'ptCount' && local !== 'pt' && local !== 'extLst');
  const points = values.flatMap((value, idx) => {
    const text = pointText(value, isNumbers);
    if (text === undefined) return [];
    return [makeElement(`${prefix}pt`, { idx }, [makeElement(`${prefix}v`, {}, [textMarkup(text)])])];
  });
  cache.children = [...kept, makeElement(`${prefix}ptCount`, { val: values.length }), ...points];
}

function pointText(value: Value, isNumbers: boolean): string | undefined {
  if (value === null || value === '') return undefined;
  if (isError(value)) return isNumbers ? undefined : value.error;
  if (isNumbers) return typeof value === 'number' ? String(value) : undefined;
  return String(value);
}
