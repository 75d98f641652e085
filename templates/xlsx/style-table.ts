import { escapeAttribute } from './xml.ts';

/** Cell styles of a workbook being written. Style 0 is plain. */
export interface StyleTable {
  /** The bold style of header cells, and the same marked as text. */
  readonly header: number;
  readonly quotedHeader: number;
  /** The style of a number format; `quoted` marks text that must stay text when edited. */
  of(format: string | undefined, quoted?: boolean): number;
  /** The whole part `xl/styles.xml`. */
  xml(): string;
}

/** Ids below belong to Excel's own formats. */
const FIRST_CUSTOM_FORMAT = 164;

export function createStyleTable(): StyleTable {
  const formats = new Map<string, number>();
  const styles = new Map<string, number>();
  const records = ['<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'];
  const bold = '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"';
  const header = records.push(`${bold}/>`) - 1;
  const quotedHeader = records.push(`${bold} quotePrefix="1"/>`) - 1;
  return {
    header,
    quotedHeader,
    of(format, quoted = false) {
      if (format === undefined && !quoted) return 0;
      const key = `${quoted}|${format ?? ''}`;
      const known = styles.get(key);
      if (known !== undefined) return known;
      let formatId = 0;
      if (format !== undefined) {
        formatId = formats.get(format) ?? FIRST_CUSTOM_FORMAT + formats.size;
        formats.set(format, formatId);
      }
      const number = formatId === 0 ? '' : ' applyNumberFormat="1"';
      const quote = quoted ? ' quotePrefix="1"' : '';
      const id =
        records.push(`<xf numFmtId="${formatId}" fontId="0" fillId="0" borderId="0" xfId="0"${number}${quote}/>`) - 1;
      styles.set(key, id);
      return id;
    },
    xml() {
      const codes = [...formats].map(
        ([code, id]) => `<numFmt numFmtId="${id}" formatCode="${escapeAttribute(code)}"/>`,
      );
      const font = '<sz val="11"/><name val="宋体"/><family val="3"/><charset val="134"/>';
      return [
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">',
        codes.length > 0 ? `<numFmts count="${codes.length}">${codes.join('')}</numFmts>` : '',
        `<fonts count="2"><font>${font}</font><font><b/>${font}</font></fonts>`,
        '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>',
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>',
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>',
        `<cellXfs count="${records.length}">${records.join('')}</cellXfs>`,
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>',
        '</styleSheet>',
      ].join('');
    },
  };
}
