import { escapeText } from './xml.ts';

/** Shared strings of a workbook being written: few, because memory is constant. */
export interface StringTable {
  readonly count: number;
  /** The text's index, added when there is room; -1 when there is none. */
  index(text: string): number;
  /** The whole part `xl/sharedStrings.xml`. */
  xml(): Buffer;
}

/** Together with the cap on one text: a few megabytes at most. */
const MOST_STRINGS = 32_768;
const MOST_CHARACTERS = 2_000_000;
const LONGEST = 256;

export function createStringTable(): StringTable {
  const indexes = new Map<string, number>();
  let characters = 0;
  return {
    get count() {
      return indexes.size;
    },
    index(text) {
      const known = indexes.get(text);
      if (known !== undefined) return known;
      if (text.length > LONGEST || indexes.size >= MOST_STRINGS || characters > MOST_CHARACTERS) return -1;
      characters += text.length;
      indexes.set(text, indexes.size);
      return indexes.size - 1;
    },
    xml() {
      return Buffer.from(
        `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" uniqueCount="${indexes.size}">${[
          ...indexes.keys(),
        ]
          .map(
            (text) => `<si><t${/^[\s]|[\s]$/.test(text) ? ' xml:space="preserve"' : ''}>${escapeText(text)}</t></si>`,
          )
          .join('')}</sst>`,
      );
    },
  };
}
