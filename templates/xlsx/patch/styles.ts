import { BUILT_IN_FORMATS, numberKind } from '../number-format.ts';
import { attribute, child, cloneElement, elements, makeElement, setAttribute, type XmlElement } from './tree.ts';

/** The cell styles of a workbook, with variants added where a value needs one. */
export interface CellStyles {
  /** How a style shows a number. */
  shows(style: number): 'number' | 'date' | 'duration' | 'text';
  /** The style with a leading apostrophe: text that starts with = + - @ stays text when edited. */
  quoted(style: number): number;
  /** The style with a date (or date and time) format. */
  dated(style: number, withTime: boolean): number;
  readonly count: number;
}

const DATE = 14;
const DATE_AND_TIME = 22;

/** Reads `cellXfs` of a styles part; variants are appended to it, each once. */
export function createCellStyles(root: XmlElement): CellStyles {
  const list = child(root, 'cellXfs') ?? makeElement('cellXfs');
  const formats = elements(list, 'xf');
  const codes = new Map<number, string>();
  for (const format of elements(child(root, 'numFmts') ?? makeElement('numFmts'), 'numFmt')) {
    codes.set(Number(attribute(format, 'numFmtId')), attribute(format, 'formatCode') ?? '');
  }
  const variants = new Map<string, number>();

  const variant = (style: number, key: string, edit: (xf: XmlElement) => void): number => {
    const known = variants.get(`${style} ${key}`);
    if (known !== undefined) return known;
    const source = formats[style];
    const xf = source ? cloneElement(source) : makeElement('xf', { numFmtId: 0, fontId: 0, fillId: 0, borderId: 0 });
    edit(xf);
    formats.push(xf);
    list.children.push(xf);
    setAttribute(list, 'count', formats.length);
    variants.set(`${style} ${key}`, formats.length - 1);
    return formats.length - 1;
  };
  const isQuoted = (style: number): boolean => {
    const flag = formats[style] && attribute(formats[style], 'quotePrefix');
    return flag === '1' || flag === 'true';
  };

  return {
    get count() {
      return formats.length;
    },
    shows: (style) => {
      const id = Number((formats[style] && attribute(formats[style], 'numFmtId')) ?? 0);
      const code = codes.get(id) ?? BUILT_IN_FORMATS[id] ?? 'General';
      return code === '@' ? 'text' : numberKind(code);
    },
    quoted: (style) => (isQuoted(style) ? style : variant(style, 'quoted', (xf) => setAttribute(xf, 'quotePrefix', 1))),
    dated: (style, withTime) =>
      variant(style, withTime ? 'time' : 'date', (xf) => {
        setAttribute(xf, 'numFmtId', withTime ? DATE_AND_TIME : DATE);
        setAttribute(xf, 'applyNumberFormat', 1);
      }),
  };
}
