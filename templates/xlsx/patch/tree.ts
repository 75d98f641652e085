import { refusal } from '../errors.ts';
import { decodeEntities } from '../xml.ts';

/**
 * A part as a tree that writes itself back byte for byte, except where it was edited: start tags, text, comments and
 * white space are kept as they were read.
 */
export interface XmlElement {
  /** With its prefix, as written: `x14:sparkline`. */
  readonly name: string;
  /** Without it: `sparkline`. */
  readonly local: string;
  /** The inside of the start tag after the name, as written. */
  head: string;
  children: XmlNode[];
  /** As written; absent for `<a/>`. */
  readonly end?: string;
}

/** Raw markup that is no element: text with its entities, comments, CDATA, processing instructions. */
export type XmlNode = XmlElement | string;

export interface XmlTree {
  readonly before: string;
  readonly root: XmlElement;
  readonly after: string;
}

/** Parses a part; refuses what is not well-formed. @throws `templates.xlsx.xml`, `.depth`, `.doctype` */
export function parseTree(text: string, part: string, depth: number): XmlTree {
  const bad = (at: number) => refusal('xml', { part, at: `character ${at}` });
  const open: { name: string; head: string; children: XmlNode[] }[] = [];
  const top: XmlNode[] = [];
  let at = 0;
  while (at < text.length) {
    const tag = text.indexOf('<', at);
    const siblings = open.at(-1)?.children ?? top;
    if (tag < 0) {
      siblings.push(text.slice(at));
      break;
    }
    if (tag > at) siblings.push(text.slice(at, tag));
    const next = text[tag + 1];
    if (next === '?') at = past('?>', tag + 2);
    else if (next === '!') {
      if (text.startsWith('<!--', tag)) at = past('-->', tag + 4);
      else if (text.startsWith('<![CDATA[', tag)) at = past(']]>', tag + 9);
      else throw refusal('doctype', { part });
    } else if (next === '/') {
      at = past('>', tag + 2);
      const element = open.pop();
      const end = text.slice(tag, at);
      if (!element || end.slice(2, -1).trimEnd() !== element.name) throw bad(tag);
      (open.at(-1)?.children ?? top).push({ ...element, local: localName(element.name), end });
      continue;
    } else {
      at = tagEnd(text, tag + 1, bad);
      const empty = text[at - 2] === '/';
      const inside = text.slice(tag + 1, at - (empty ? 2 : 1));
      const name = /^[^\s/>]+/.exec(inside)?.[0];
      if (!name) throw bad(tag);
      const head = inside.slice(name.length);
      if (empty) siblings.push({ name, local: localName(name), head, children: [] });
      else {
        if (open.length >= depth) throw refusal('depth', { part, limit: depth });
        open.push({ name, head, children: [] });
      }
      continue;
    }
    siblings.push(text.slice(tag, at));
  }
  if (open.length > 0) throw bad(text.length);
  const rootAt = top.findIndex((node) => typeof node !== 'string');
  const root = top[rootAt];
  if (root === undefined || typeof root === 'string') throw bad(0);
  return { before: top.slice(0, rootAt).join(''), root, after: writeNodes(top.slice(rootAt + 1)) };

  function past(mark: string, from: number): number {
    const end = text.indexOf(mark, from);
    if (end < 0) throw bad(from);
    return end + mark.length;
  }
}

/** Just past the `>` of a start tag that begins before `from`; one in quotes does not count. */
export function tagEnd(text: string, from: number, bad: (at: number) => Error): number {
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

export function writeTree({ before, root, after }: XmlTree): string {
  return before + writeElement(root) + after;
}

export function writeElement(element: XmlElement): string {
  const { name, head, children, end } = element;
  if (end === undefined && children.length === 0) return `<${name}${head}/>`;
  return `<${name}${head}>${writeNodes(children)}${end ?? `</${name}>`}`;
}

function writeNodes(nodes: readonly XmlNode[]): string {
  let text = '';
  for (const node of nodes) text += typeof node === 'string' ? node : writeElement(node);
  return text;
}

/** A new element; attribute values are plain text. */
export function makeElement(
  name: string,
  attributes: Readonly<Record<string, string | number>> = {},
  children: XmlNode[] = [],
): XmlElement {
  const head = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escapeAttribute(String(value))}"`)
    .join('');
  return { name, local: localName(name), head, children };
}

/** A copy that can be edited apart from the original. */
export function cloneElement(element: XmlElement): XmlElement {
  return {
    ...element,
    children: element.children.map((node) => (typeof node === 'string' ? node : cloneElement(node))),
  };
}

const ATTRIBUTE = /(\s+)([^\s=]+)(\s*=\s*)("[^"]*"|'[^']*')/g;

/** The value of an attribute by its qualified name. */
export function attribute(element: XmlElement, name: string): string | undefined {
  if (!element.head.includes(name)) return undefined;
  for (const [, , key, , quoted] of element.head.matchAll(ATTRIBUTE)) {
    if (key === name) return decodeEntities(quoted!.slice(1, -1), name);
  }
  return undefined;
}

/** The value of an attribute whatever its prefix: `r:id` or `d3p1:id`. */
export function attributeByLocal(element: XmlElement, local: string): string | undefined {
  for (const [, , key, , quoted] of element.head.matchAll(ATTRIBUTE)) {
    if (localName(key!) === local && key !== local) return decodeEntities(quoted!.slice(1, -1), local);
  }
  return undefined;
}

/** Sets or (with undefined) removes an attribute; the others keep their place and spelling. */
export function setAttribute(element: XmlElement, name: string, value: string | number | undefined): void {
  let found = false;
  element.head = element.head.replace(ATTRIBUTE, (whole, space: string, key: string, equals: string) => {
    if (key !== name) return whole;
    found = true;
    return value === undefined ? '' : `${space}${key}${equals}"${escapeAttribute(String(value))}"`;
  });
  if (!found && value !== undefined) {
    element.head = `${element.head.trimEnd()} ${name}="${escapeAttribute(String(value))}"`;
  }
}

export function elements(parent: XmlElement, local?: string): XmlElement[] {
  return parent.children.filter(
    (node): node is XmlElement => typeof node !== 'string' && (local === undefined || node.local === local),
  );
}

export function child(parent: XmlElement, local: string): XmlElement | undefined {
  return parent.children.find((node): node is XmlElement => typeof node !== 'string' && node.local === local);
}

/** The element and everything inside it, parents first. */
export function* walk(element: XmlElement): Generator<XmlElement> {
  yield element;
  for (const node of element.children) if (typeof node !== 'string') yield* walk(node);
}

/** The character data directly inside an element. */
export function textOf(element: XmlElement): string {
  let text = '';
  for (const node of element.children) {
    if (typeof node !== 'string') continue;
    if (node.startsWith('<![CDATA[')) text += node.slice(9, -3);
    else if (!node.startsWith('<')) text += decodeEntities(node, element.name);
  }
  return text;
}

export function setText(element: XmlElement, text: string): void {
  element.children = [escapeText(text)];
}

/** Takes an element out of its parent. */
export function removeChild(parent: XmlElement, element: XmlElement): void {
  parent.children = parent.children.filter((node) => node !== element);
}

export function escapeText(text: string): string {
  return /[&<>]/.test(text) ? text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;') : text;
}

export function escapeAttribute(text: string): string {
  return escapeText(text)
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\r', '&#13;')
    .replaceAll('\t', '&#9;');
}

export function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}

/** The prefix with its colon, or nothing: new siblings of an element are named alike. */
export function prefixOf(element: XmlElement): string {
  return element.name.slice(0, element.name.length - element.local.length);
}
