import { parseRange } from './cell-reference.ts';
import { refusal } from './errors.ts';
import { MAX_COLUMNS, type XlsxLimits } from './limits.ts';
import { walkXml } from './xml.ts';

export interface ColumnInfo {
  /** From 1, both within. */
  readonly first: number;
  readonly last: number;
  /** In characters of the default font. */
  readonly width: number | undefined;
  readonly hidden: boolean;
}

export interface Validation {
  /** Ranges as written, apart by spaces. */
  readonly ranges: string;
  readonly type: string;
  /** The choices of a list that names them itself. */
  readonly choices: readonly string[] | undefined;
  /** Of another list: where its choices are; of another type: the first bound. */
  readonly formula: string;
}

/** What stands before a sheet's rows. */
export interface SheetHead {
  readonly dimension: string | undefined;
  readonly columns: readonly ColumnInfo[];
  /** Rows and columns that stay when scrolling. */
  readonly frozen: { readonly rows: number; readonly columns: number };
}

/** What stands after them. */
export interface SheetTail {
  readonly merges: readonly string[];
  readonly validations: readonly Validation[];
}

export function parseHead(bytes: Buffer, part: string, limits: XlsxLimits): SheetHead {
  const columns: ColumnInfo[] = [];
  let dimension: string | undefined;
  let frozen = { rows: 0, columns: 0 };
  // The root is still open here: the rows come next.
  const { open, close } = rootTags(bytes.toString('utf8'), part);
  walkXml(
    `${open}${close}`,
    {
      open(name, attributes) {
        if (name === 'dimension') dimension = attributes.ref;
        if (name === 'pane' && attributes.state?.startsWith('frozen'))
          frozen = { rows: Number(attributes.ySplit ?? 0) || 0, columns: Number(attributes.xSplit ?? 0) || 0 };
        if (name !== 'col') return;
        const first = Number(attributes.min);
        const last = Number(attributes.max);
        if (!(first >= 1 && last >= first && last <= MAX_COLUMNS) || columns.length >= MAX_COLUMNS)
          throw refusal('reference', { part, at: `columns ${attributes.min}:${attributes.max}`, limit: MAX_COLUMNS });
        columns.push({
          first,
          last,
          width: attributes.width === undefined ? undefined : Number(attributes.width),
          hidden: attributes.hidden === '1' || attributes.hidden === 'true',
        });
      },
    },
    part,
    limits.depth,
  );
  return { dimension, columns, frozen };
}

export function parseTail(bytes: Buffer, part: string, limits: XlsxLimits): SheetTail {
  const text = bytes.toString('utf8');
  const merges: string[] = [];
  const validations: Validation[] = [];
  let current: { ranges: string; type: string; formula: string } | undefined;
  refuseManyMerges(text, part, limits);
  const close = /<\/([\w.-]+:)?worksheet\s*>\s*$/.exec(text);
  if (!close) throw refusal('xml', { part, at: 'the end' });
  walkXml(
    `<worksheet>${text.slice(0, close.index)}</worksheet>`,
    {
      open(name, attributes) {
        if (name === 'mergeCell') {
          const ref = attributes.ref ?? '';
          if (!parseRange(ref)) throw refusal('reference', { part, at: ref.slice(0, 40), limit: 'XFD1048576' });
          merges.push(ref);
          if (merges.length > limits.merges) throw refusal('merges', { part, limit: limits.merges });
        }
        if (name === 'dataValidation') {
          if (validations.length >= limits.merges) throw refusal('merges', { part, limit: limits.merges });
          current = { ranges: attributes.sqref ?? '', type: attributes.type ?? 'none', formula: '' };
        }
      },
      close(name, content) {
        if (!current) return;
        // In the 2009 extension both the formula and the ranges are elements.
        if (name === 'formula1' || (name === 'f' && current.formula === '')) current.formula ||= content.trim();
        if (name === 'sqref') current.ranges ||= content.trim();
        if (name !== 'dataValidation') return;
        const quoted = /^"(.*)"$/s.exec(current.formula);
        const choices = current.type === 'list' && quoted ? quoted[1]!.replaceAll('""', '"').split(',') : undefined;
        validations.push({ ...current, choices: choices?.map((choice) => choice.trim()) });
        current = undefined;
      },
    },
    part,
    limits.depth,
  );
  return { merges, validations };
}

/** Before anything is parsed: a list of a million merges takes a second to walk and none to count. */
function refuseManyMerges(text: string, part: string, limits: XlsxLimits): void {
  let count = 0;
  for (let at = text.indexOf('mergeCell '); at >= 0; at = text.indexOf('mergeCell ', at + 10)) {
    if (++count > limits.merges) throw refusal('merges', { part, limit: limits.merges });
  }
}

/** The head's text and the tag that closes the root it leaves open. */
function rootTags(text: string, part: string): { open: string; close: string } {
  const root = /<((?:[\w.-]+:)?worksheet)[\s>]/.exec(text);
  if (!root) throw refusal('xml', { part, at: 'the root element' });
  return { open: text, close: `</${root[1]}>` };
}
