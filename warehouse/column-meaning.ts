import { type Catalogue, type Element, SENSITIVITIES, type Sensitivity } from '../core/catalogue.ts';
import type { Message } from '../core/errors.ts';
import { entityOfMart } from './history-mart.ts';
import type { MadeTitles } from './made-titles.ts';

/** What a column of a published mart says, and who may see it. */
export interface ColumnMeaning {
  /** The element whose values it holds; undefined where a model or the warehouse itself made them. */
  readonly element: Element | undefined;
  readonly title: Message | undefined;
  readonly unit: string | undefined;
  readonly sensitivity: Sensitivity;
}

/** The names of a mart: `{ theme: 'economy', name: 'building', mart: 'economy.building' }`. */
export interface MartNames {
  readonly theme: string;
  readonly name: string;
  readonly mart: string;
}

/**
 * The one rule for pages of data, analyst SQL, exports and served marts. A column of an entity is as sensitive as its element. A
 * made mart's column is what its model declares (`-- sensitivity.<name>: …`), else as sensitive as the strictest element of that
 * name, else internal.
 *
 * @param titles of all marts, from `loadMartTitles`
 * @example meaningOf({ theme: 'economy', name: 'building', mart: 'economy.building' }, 'tax_per_m2').sensitivity // 'sensitive'
 */
export function createColumnMeaning(
  catalogue: Catalogue,
  titles: MadeTitles,
): (mart: MartNames, column: string) => ColumnMeaning {
  return (mart, column) => {
    const made = titles.get(mart.mart);
    // A made column has its own meaning where it is named, though an entity may have a field of that name.
    const own = made?.columns.get(column);
    const element =
      entityOfMart(catalogue, mart)?.elements.find(({ field }) => field === column) ??
      sameField(catalogue, mart, column);
    return {
      element,
      title: own?.title ?? element?.title,
      unit: own?.unit ?? element?.unit,
      sensitivity: made?.sensitivities.get(column) ?? element?.sensitivity ?? 'internal',
    };
  };
}

/** A made mart carries fields of entities on: they keep their meaning and, what matters more, their sensitivity. */
function sameField(catalogue: Catalogue, mart: MartNames, column: string): Element | undefined {
  const rank = ({ sensitivity }: Element) => SENSITIVITIES.indexOf(sensitivity);
  const isPrivate = (element: Element) => rank(element) >= SENSITIVITIES.indexOf('personal');
  return catalogue.elements
    .filter((element) => element.field === column && (element.theme === mart.theme || isPrivate(element)))
    .sort((a, b) => rank(b) - rank(a))[0];
}
