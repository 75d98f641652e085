import { refusal } from './errors.ts';
import type { XlsxLimits } from './limits.ts';
import { BUILT_IN_FORMATS, numberKind } from './number-format.ts';
import { readDescription } from './package-parts.ts';
import { walkXml } from './xml.ts';
import type { ZipArchive } from './zip-read.ts';

/** What reading needs to know of the cell styles. */
export interface CellStyles {
  /** By style index: the number format's code. */
  readonly formats: readonly string[];
  /** By style index: 1 where a number is a date. */
  readonly dates: Uint8Array;
}

export async function readStyles(zip: ZipArchive, part: string | undefined, limits: XlsxLimits): Promise<CellStyles> {
  if (part === undefined || !zip.has(part)) return { formats: ['General'], dates: new Uint8Array(1) };
  const codes = new Map<number, string>();
  const formatIds: number[] = [];
  let inside = '';
  walkXml(
    await readDescription(zip, part, limits),
    {
      open(name, attributes) {
        if (name === 'cellXfs' || name === 'cellStyleXfs' || name === 'dxfs') inside = name;
        if (name === 'numFmt' && inside !== 'dxfs') codes.set(Number(attributes.numFmtId), attributes.formatCode ?? '');
        if (name !== 'xf' || inside !== 'cellXfs') return;
        formatIds.push(Number(attributes.numFmtId ?? 0));
        if (formatIds.length > limits.styles) throw refusal('styles', { part, limit: limits.styles });
      },
      close(name) {
        if (name === inside) inside = '';
      },
    },
    part,
    limits.depth,
  );
  const formats = formatIds.map((id) => codes.get(id) ?? BUILT_IN_FORMATS[id] ?? 'General');
  const kinds = new Map<string, boolean>();
  const isDate = (code: string) => {
    const known = kinds.get(code) ?? numberKind(code) === 'date';
    kinds.set(code, known);
    return known;
  };
  return { formats, dates: Uint8Array.from(formats, (code) => (isDate(code) ? 1 : 0)) };
}
