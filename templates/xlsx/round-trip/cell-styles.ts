import type { ElementType } from '../../../core/index.ts';

/** Looks of an exported task: by what a cell holds, and whether it is asked or held. */
export interface TaskStyles {
  readonly header: number;
  of(type: ElementType, asked: boolean): number;
  /** The same look with a leading apostrophe, for text that starts like a formula. */
  quoted(asked: boolean): number;
  readonly xml: string;
}

const FORMATS: Readonly<Record<'text' | 'integer' | 'decimal' | 'date' | 'timestamp', number>> = {
  text: 49,
  integer: 1,
  decimal: 164,
  date: 165,
  timestamp: 166,
};
const KINDS = ['text', 'integer', 'decimal', 'date', 'timestamp'] as const;
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';

/** Asked cells are yellow and open, held ones grey and locked. */
export function createTaskStyles(): TaskStyles {
  const border = '<left style="thin"/><right style="thin"/><top style="thin"/><bottom style="thin"/><diagonal/>';
  const fill = (rgb: string): string =>
    `<fill><patternFill patternType="solid"><fgColor rgb="${rgb}"/><bgColor indexed="64"/></patternFill></fill>`;
  const xf = (format: number, asked: boolean, more = ''): string =>
    `<xf numFmtId="${format}" fontId="${asked ? 0 : 2}" fillId="${asked ? 3 : 2}" borderId="1" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1" applyProtection="1"${more}><protection locked="${asked ? 0 : 1}"/></xf>`;
  const looks = [
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>',
    '<xf numFmtId="49" fontId="1" fillId="4" borderId="1" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1"><alignment horizontal="center" vertical="center" wrapText="1"/></xf>',
    ...[false, true].flatMap((asked) => KINDS.map((kind) => xf(FORMATS[kind], asked))),
    ...[false, true].map((asked) => xf(FORMATS.text, asked, ' quotePrefix="1"')),
  ];
  return {
    header: 1,
    of: (type, asked) => {
      const kind = type === 'code' || type === 'boolean' ? 'text' : type;
      return 2 + (asked ? KINDS.length : 0) + KINDS.indexOf(kind);
    },
    quoted: (asked) => 2 + 2 * KINDS.length + (asked ? 1 : 0),
    xml: `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<styleSheet xmlns="${MAIN}"><numFmts count="3"><numFmt numFmtId="164" formatCode="0.######"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="166" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts><fonts count="3"><font><sz val="11"/><name val="宋体"/><family val="3"/><charset val="134"/></font><font><b/><sz val="11"/><name val="宋体"/><family val="3"/><charset val="134"/></font><font><sz val="11"/><color rgb="FF595959"/><name val="宋体"/><family val="3"/><charset val="134"/></font></fonts><fills count="5"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>${fill('FFF2F2F2')}${fill('FFFFF9DB')}${fill('FFD9E7F5')}</fills><borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border><border>${border}</border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="${looks.length}">${looks.join('')}</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`,
  };
}
