/**
 * The statement without the semicolon that ends it. Quotes and comments are stepped over; what is not understood is left
 * alone, because the gate compares what runs with what was checked.
 *
 * @example withoutSemicolon("SELECT ';' ; -- done") // "SELECT ';'   -- done"
 */
export function withoutSemicolon(statement: string): string {
  const at = endings(statement);
  return [...at].reduceRight((text, place) => `${text.slice(0, place)} ${text.slice(place + 1)}`, statement);
}

/** Places of the semicolons after which nothing but blanks, comments and semicolons come. */
function endings(text: string): number[] {
  let found: number[] = [];
  let i = 0;
  while (i < text.length) {
    const rest = text.slice(i, i + 2);
    if (rest === '--') {
      const line = text.indexOf('\n', i);
      i = line < 0 ? text.length : line + 1;
    } else if (rest === '/*') {
      i = afterComment(text, i);
    } else if (text[i] === ';') {
      found.push(i);
      i++;
    } else if (/\s/.test(text[i]!)) {
      i++;
    } else {
      found = [];
      i = afterToken(text, i);
    }
  }
  return found;
}

/** Comments of the C kind nest. */
function afterComment(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    if (text.startsWith('/*', i)) {
      depth++;
      i++;
    } else if (text.startsWith('*/', i)) {
      depth--;
      i++;
      if (depth === 0) return i + 1;
    }
  }
  return text.length;
}

function afterToken(text: string, from: number): number {
  const quote = text[from]!;
  if (quote === "'" || quote === '"') {
    const escapes = quote === "'" && /[eE]/.test(text[from - 1] ?? '') && !/\w/.test(text[from - 2] ?? '');
    for (let i = from + 1; i < text.length; i++) {
      if (escapes && text[i] === '\\') i++;
      else if (text[i] === quote) {
        if (text[i + 1] !== quote) return i + 1;
        i++;
      }
    }
    return text.length;
  }
  const dollar =
    quote === '$' ? /^\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/.exec(text.slice(from, from + 80)) : null;
  if (dollar) {
    const end = text.indexOf(dollar[0], from + dollar[0].length);
    return end < 0 ? text.length : end + dollar[0].length;
  }
  return from + 1;
}

/** The engine counts bytes of UTF-8; editors count UTF-16 units. Null when the place is outside the text. */
export function unitsOf(text: string, bytes: number): number | null {
  if (!Number.isSafeInteger(bytes) || bytes < 0) return null;
  const all = Buffer.from(text);
  return bytes > all.length ? null : all.subarray(0, bytes).toString().length;
}

/** The word, quoted name or sign that starts at a place, to underline it. */
export function wordLength(text: string, at: number): number {
  const match = /^(?:"(?:[^"]|"")*"|'(?:[^']|'')*'|[\w$.\u0080-\uffff]+|.)/s.exec(text.slice(at, at + 200));
  return match ? match[0].length : 0;
}
