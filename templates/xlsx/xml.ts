import { refusal } from './errors.ts';

/** Attributes by local name (`r:id` is `id`); no prototype, so a name like `constructor` is only a name. */
export type XmlAttributes = Readonly<Record<string, string | undefined>>;

export interface XmlHandler {
  /** An element begins; `name` has no prefix. */
  open(name: string, attributes: XmlAttributes): void;
  /** It ends; `text` is the character data directly inside it. */
  close?(name: string, text: string): void;
}

/**
 * Walks the elements of a small XML part. Checks that tags balance and do not nest deeper than `depth`; knows comments,
 * CDATA and processing instructions; a DOCTYPE is refused. Sheets and shared strings have scanners of their own.
 *
 * @throws `templates.xlsx.xml`, `.depth`, `.doctype`
 */
export function walkXml(text: string, handler: XmlHandler, part: string, depth: number): void {
  const names: string[] = [];
  const texts: string[] = [];
  const bad = (at: number) => refusal('xml', { part, at: `character ${at}` });
  let at = 0;
  while (at < text.length) {
    const tag = text.indexOf('<', at);
    if (tag < 0) break;
    if (tag > at && texts.length > 0) texts[texts.length - 1] += decodeEntities(text.slice(at, tag), part);
    const next = text.charCodeAt(tag + 1);
    if (next === 0x21 || next === 0x3f) {
      if (text.startsWith('<![CDATA[', tag)) {
        const end = endOf(text, ']]>', tag + 9, bad);
        if (texts.length > 0) texts[texts.length - 1] += text.slice(tag + 9, end - 3);
        at = end;
      } else if (next === 0x3f) at = endOf(text, '?>', tag + 2, bad);
      else if (text.startsWith('<!--', tag)) at = endOf(text, '-->', tag + 4, bad);
      else throw refusal('doctype', { part });
      continue;
    }
    if (next === 0x2f) {
      const end = endOf(text, '>', tag + 2, bad);
      const name = localName(text.slice(tag + 2, end - 1).trimEnd());
      if (names.pop() !== name) throw bad(tag);
      handler.close?.(name, texts.pop()!);
      at = end;
      continue;
    }
    const end = tagEnd(text, tag + 1, bad);
    const empty = text.charCodeAt(end - 2) === 0x2f;
    const name = localName(/^[^\s/>]*/.exec(text.slice(tag + 1, Math.min(end, tag + 257)))![0]);
    if (name === '') throw bad(tag);
    if (names.length >= depth) throw refusal('depth', { part, limit: depth });
    handler.open(name, attributesOf(text.slice(tag + 1, end - (empty ? 2 : 1)), part));
    if (empty) handler.close?.(name, '');
    else {
      names.push(name);
      texts.push('');
    }
    at = end;
  }
  if (names.length > 0) throw bad(text.length);
}

/** Just past the next `mark`. */
function endOf(text: string, mark: string, from: number, bad: (at: number) => Error): number {
  const end = text.indexOf(mark, from);
  if (end < 0) throw bad(from);
  return end + mark.length;
}

/** Just past the `>` that closes a start tag; one inside a quoted value does not. */
function tagEnd(text: string, from: number, bad: (at: number) => Error): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x3e) return at + 1;
    if (code === 0x3c) break;
    if (code !== 0x22 && code !== 0x27) continue;
    at = text.indexOf(code === 0x22 ? '"' : "'", at + 1);
    if (at < 0) break;
  }
  throw bad(from);
}

function attributesOf(tag: string, part: string): XmlAttributes {
  const attributes: Record<string, string> = Object.create(null);
  for (const [, name, double, single] of tag.matchAll(/\s([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    if (name!.startsWith('xmlns')) continue;
    attributes[localName(name!)] = decodeEntities(double ?? single!, part);
  }
  return attributes;
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** `&amp;` and its four kin, and character references; any other entity would need a DOCTYPE. */
export function decodeEntities(text: string, part: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;]{0,10});?/g, (whole, name: string) => {
    if (Object.hasOwn(ENTITIES, name) && whole.endsWith(';')) return ENTITIES[name]!;
    const code = /^#x[0-9a-f]+$/i.test(name)
      ? Number.parseInt(name.slice(2), 16)
      : /^#\d+$/.test(name)
        ? Number(name.slice(1))
        : -1;
    const allowed = code === 9 || code === 10 || code === 13 || (code >= 32 && code <= 0x10ffff);
    if (!allowed || !whole.endsWith(';')) throw refusal('xml', { part, at: whole });
    return code >= 0xd800 && code <= 0xdfff ? '\uFFFD' : String.fromCodePoint(code);
  });
}

/** `_x000D_` and the like, Excel's way to keep characters that XML cannot hold. NUL stays escaped. */
export function decodeEscapes(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (written, hex: string) =>
    hex === '0000' ? written : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Text as it stands in XML: markup escaped, what XML cannot hold (halves of surrogate pairs among it) as `_xHHHH_`. */
export function escapeText(text: string): string {
  return (
    text
      // Whatever comes behind: an escape that follows begins with the missing underscore.
      .replace(/_(?=x[0-9A-Fa-f]{4})/g, '_x005F_')
      .replace(/\p{Cs}|\uFFFE|\uFFFF/gu, (lone) => `_x${hex4(lone.charCodeAt(0))}_`)
      .replace(/\p{Cc}/gu, (control) =>
        control >= '\x7f' || control === '\t' || control === '\n' ? control : `_x${hex4(control.charCodeAt(0))}_`,
      )
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
  );
}

/** The same for an attribute's value in double quotes. */
export function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
}

function hex4(code: number): string {
  return code.toString(16).toUpperCase().padStart(4, '0');
}
