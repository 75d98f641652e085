import { refusal } from './errors.ts';

const LESS = 0x3c;
/** No program writes any; each costs more to take out than to send. */
const MOST_COMMENTS = 10_000;

/**
 * Passes a part's bytes on as plain markup: comments gone, CDATA as escaped text, so that the scanners meet tags and
 * text only. Refuses a DOCTYPE and UTF-16. Pieces without `<!` (all of them, in nearly every workbook) pass untouched.
 */
export async function* plainXml(part: string, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer | undefined;
  let first = true;
  let comments = 0;
  for await (const piece of pieces) {
    let bytes = held ? Buffer.concat([held, piece]) : piece;
    held = undefined;
    if (first && bytes.length >= 3) {
      first = false;
      checkEncoding(part, bytes);
      if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3);
    }
    // Put together again: a million comments between cells shall not make a million pieces.
    const kept: Buffer[] = [];
    let at = 0;
    for (;;) {
      const mark = bytes.indexOf('<!', at, 'latin1');
      if (mark < 0) break;
      if (mark > at) kept.push(bytes.subarray(at, mark));
      const section = sectionAt(bytes, mark, part);
      if (section === undefined) {
        held = bytes.subarray(mark);
        if (held.length > 8 * 1024 * 1024) throw refusal('xml', { part, at: 'a comment or CDATA section' });
        at = bytes.length;
        break;
      }
      if (section.text) kept.push(section.text);
      else if (++comments > MOST_COMMENTS) throw refusal('xml', { part, at: `more than ${MOST_COMMENTS} comments` });
      at = section.end;
    }
    if (at < bytes.length && bytes[bytes.length - 1] === LESS) {
      held = bytes.subarray(-1);
      bytes = bytes.subarray(0, -1);
    }
    if (kept.length === 0 && at === 0) yield bytes;
    else {
      if (at < bytes.length) kept.push(bytes.subarray(at));
      if (kept.length > 0) yield kept.length === 1 ? kept[0]! : Buffer.concat(kept);
    }
  }
  if (held) throw refusal('xml', { part, at: 'the end' });
}

/** Refuses what says or shows that it is not UTF-8. */
export function checkEncoding(part: string, bytes: Buffer): void {
  const wide = bytes[0] === 0xff || bytes[0] === 0xfe || bytes[0] === 0 || bytes[1] === 0;
  const declared = /^[^<]{0,3}<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["']/.exec(bytes.toString('latin1', 0, 256))?.[1];
  if (wide || (declared !== undefined && !/^(utf-?8|us-ascii)$/i.test(declared)))
    throw refusal('encoding', { part, found: declared, limit: 'UTF-8' });
}

/** The comment or CDATA section at `<!`, or undefined while it is not all there. */
function sectionAt(bytes: Buffer, mark: number, part: string): { end: number; text?: Buffer } | undefined {
  const head = bytes.toString('latin1', mark, mark + 9);
  if (head.startsWith('<!--')) {
    const end = bytes.indexOf('-->', mark + 4, 'latin1');
    return end < 0 ? undefined : { end: end + 3 };
  }
  if (head === '<![CDATA[') {
    const end = bytes.indexOf(']]>', mark + 9, 'latin1');
    if (end < 0) return undefined;
    const text = bytes.toString('utf8', mark + 9, end);
    return { end: end + 3, text: Buffer.from(text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')) };
  }
  if ('<!--'.startsWith(head) || '<![CDATA['.startsWith(head)) return undefined;
  throw refusal('doctype', { part });
}
