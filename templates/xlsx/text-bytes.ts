import { refusal } from './errors.ts';
import { decodeEntities, decodeEscapes } from './xml.ts';

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const QUESTION = 0x3f;

/**
 * The text of markup bytes `[start, end)`: entities and `_xHHHH_` escapes decoded, line ends as `\n`. The range always
 * ends at a tag, so no character is ever cut.
 */
export function textOf(bytes: Buffer, start: number, end: number, part: string): string {
  let seen = 0;
  let special = false;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    seen |= byte;
    if (byte === 0x26 || byte === 0x5f || byte === 0x0d) special = true;
  }
  const text = bytes.toString(seen < 0x80 ? 'latin1' : 'utf8', start, end);
  if (!special) return text;
  const lines = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  return decodeEscapes(decodeEntities(lines, part));
}

export interface RichText {
  readonly text: string;
  /** Just past the closing tag. */
  readonly next: number;
}

/**
 * The text of a `<si>` or `<is>` whose content starts at `at`: its `<t>` and those of its runs, without phonetic hints
 * (`<rPh>`). `prefix` is the length of the part's namespace prefix with its colon.
 */
export function richText(bytes: Buffer, at: number, end: number, prefix: number, part: string): RichText {
  let text = '';
  let phonetic = false;
  let p = at;
  for (;;) {
    while (p < end && bytes[p] !== LESS) p++;
    const closing = bytes[p + 1] === SLASH;
    const name = p + (closing ? 2 : 1) + prefix;
    const tagEnd = endOfTag(bytes, p, end, part);
    const first = bytes[name]!;
    const second = bytes[name + 1]!;
    // si or is: the end. t: text. rPh: a phonetic run, whose t is not the cell's text.
    if (closing && ((first === 0x73 && second === 0x69) || (first === 0x69 && second === 0x73)))
      return { text, next: tagEnd };
    if (first === 0x72 && second === 0x50) phonetic = !closing && bytes[tagEnd - 2] !== SLASH;
    p = tagEnd;
    if (closing || first !== 0x74 || second >= 0x61 || bytes[tagEnd - 2] === SLASH) continue;
    while (p < end && bytes[p] !== LESS) p++;
    if (!phonetic) text += textOf(bytes, tagEnd, p, part);
  }
}

/** Just past the `>` of the tag that starts at `at`. */
export function endOfTag(bytes: Buffer, at: number, end: number, part: string): number {
  let p = at;
  if (bytes[at + 1] === QUESTION) {
    // A processing instruction may hold anything but its end.
    p = bytes.indexOf('?>', at + 2, 'latin1') + 1;
    if (p === 0) p = end;
  }
  while (p < end && bytes[p] !== GREATER) {
    const byte = bytes[p]!;
    p++;
    if (byte === 0x22 || byte === 0x27) {
      while (p < end && bytes[p] !== byte) p++;
      p++;
    }
  }
  if (p >= end) throw refusal('xml', { part, at: 'an unclosed tag' });
  return p + 1;
}

/**
 * Gathers pieces until `tag` (`<row`, `<si`) has been seen and gives what lies before its last start: whole elements only.
 * Joins with what was left over, so that neither a tag nor a multi-byte character is cut at a piece's edge.
 */
export function lastStart(bytes: Buffer, tag: string, from: number): number {
  let at = bytes.length;
  for (;;) {
    at = bytes.lastIndexOf(tag, at - 1, 'latin1');
    if (at < from) return -1;
    const after = bytes[at + tag.length];
    if (after === undefined || after === GREATER || after === SLASH || after <= 0x20) return at;
    if (at === 0) return -1;
  }
}
