import { badValue } from '../errors.ts';
import { child, elements, escapeText, setAttribute, setText, textOf, walk, type XmlElement } from '../patch/tree.ts';

/** What `{{path}}` stands for; undefined leaves it as it is. */
export type PlaceholderValue = (path: string) => string | undefined;

const PLACEHOLDER = /\{\{\s*([^{}]+?)\s*\}\}/g;

export function hasPlaceholder(text: string): boolean {
  return text.includes('{{');
}

/**
 * Replaces placeholders in the text of an element's runs. One that is spread over several runs takes the format of the
 * run it starts in. Returns whether anything changed.
 */
export function replaceInRuns(holder: XmlElement, value: PlaceholderValue, where: string): boolean {
  const runs = runsOf(holder);
  const texts = runs.map(textOf);
  const whole = texts.join('');
  if (!whole.includes('{{')) return false;
  const matches = [...whole.matchAll(PLACEHOLDER)]
    .map((match) => ({ start: match.index, end: match.index + match[0].length, text: value(match[1]!) }))
    .filter((match): match is { start: number; end: number; text: string } => match.text !== undefined);
  if (matches.length === 0) return false;
  const starts: number[] = [];
  let length = 0;
  for (const text of texts) {
    starts.push(length);
    length += text.length;
  }
  let total = length;
  for (const { start, end, text } of matches) total += text.length - (end - start);
  if (total > 32_767)
    throw badValue(
      where,
      `替换后文字有 ${total} 个字符，最多 32767 个`,
      `the text would have ${total} characters, at most 32,767 fit`,
    );
  for (let at = 0; at < runs.length; at++) {
    const from = starts[at]!;
    const to = from + texts[at]!.length;
    let text = '';
    let done = from;
    for (const match of matches) {
      if (match.end <= from || match.start >= to) continue;
      text += whole.slice(done, Math.max(done, match.start));
      if (match.start >= from) text += match.text;
      done = Math.min(match.end, to);
    }
    text += whole.slice(done, to);
    if (text === texts[at]) continue;
    setText(runs[at]!, text);
    if (/^\s|\s$|\n/.test(text) && !runs[at]!.head.includes('xml:space') && !runs[at]!.name.startsWith('a:')) {
      setAttribute(runs[at]!, 'xml:space', 'preserve');
    }
  }
  return true;
}

/** The `t` elements of a text, without phonetic hints. */
function runsOf(holder: XmlElement): XmlElement[] {
  const runs: XmlElement[] = [];
  for (const element of elements(holder)) {
    if (element.local === 't') runs.push(element);
    else if (element.local === 'r' || element.local === 'fld') runs.push(...elements(element, 't'));
  }
  return runs;
}

/** Every text of a part that is kept in runs: comments (`text`), shapes and chart titles (`p`), inline strings. */
export function replaceInPart(root: XmlElement, value: PlaceholderValue, where: string): boolean {
  let changed = false;
  for (const element of walk(root)) {
    if (element.local === 'p' || element.local === 'text' || element.local === 'is' || element.local === 'si') {
      changed = replaceInRuns(element, value, where) || changed;
    }
  }
  return changed;
}

/** Headers and footers, where `&` starts a code. */
export function replaceInHeaders(root: XmlElement, value: PlaceholderValue): void {
  const holder = child(root, 'headerFooter');
  if (!holder) return;
  for (const element of elements(holder)) {
    const text = textOf(element);
    if (!text.includes('{{')) continue;
    const next = text.replace(PLACEHOLDER, (whole, path: string) => value(path)?.replaceAll('&', '&&') ?? whole);
    if (next !== text) element.children = [escapeText(next)];
  }
}
