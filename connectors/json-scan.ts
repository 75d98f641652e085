// Longer than usual: the grammar of JSON (RFC 8259) over bytes, in one piece, as it must be for speed.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const MINUS = 0x2d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** No record nests deeper; a hostile answer would exhaust the stack. */
const DEPTH_LIMIT = 100;

export interface ScannedRecords {
  /** Offsets of the array's inside: after its opening bracket, and its closing bracket. */
  readonly from: number;
  readonly to: number;
  /** Offset of each record from `from`, and the length of all including the byte of the closing bracket. */
  readonly starts: readonly number[];
  /** Start and end of each record's watched field (a text with its quotes); -1 twice where it is missing. */
  readonly fields: Int32Array;
}

export interface JsonScanner {
  /**
   * Checks the whole document and finds the array of objects at `path`; null when there is none. Inside the array
   * separators become newlines and line breaks spaces.
   *
   * @throws SyntaxError for what is not JSON
   */
  records(path: readonly string[], field: string): ScannedRecords | null;
  /** Checks one object from `start` to its line's end; answers where the next line starts. */
  line(start: number): number;
}

export function createJsonScanner(body: Buffer): JsonScanner {
  let at = 0;
  /** Inside the records line breaks are taken out as they are met. */
  let flatten = false;

  function fail(): never {
    throw new SyntaxError(`not JSON at byte ${at}`);
  }

  function space(): void {
    for (;;) {
      const byte = body[at];
      if (byte === NEWLINE || byte === RETURN) {
        if (flatten) body[at] = SPACE;
      } else if (byte !== SPACE && byte !== TAB) return;
      at += 1;
    }
  }

  function string(): void {
    at += 1;
    for (;;) {
      const byte = body[at]!;
      if (byte === QUOTE) {
        at += 1;
        return;
      }
      if (byte === BACKSLASH) escaped();
      // Also when the bytes have ended: undefined is not ≥ 0x20.
      else if (byte >= SPACE) at += 1;
      else fail();
    }
  }

  function escaped(): void {
    const kind = body[at + 1];
    if (kind === 0x75) {
      for (let i = at + 2; i < at + 6; i++) if (!isHex(body[i]!)) fail();
      at += 6;
    } else if (kind !== undefined && ESCAPES.includes(kind)) at += 2;
    else fail();
  }

  function digits(): void {
    const start = at;
    while (isDigit(body[at]!)) at += 1;
    if (at === start) fail();
  }

  function number(): void {
    if (body[at] === MINUS) at += 1;
    if (body[at] === 0x30) at += 1;
    else digits();
    if (body[at] === 0x2e) {
      at += 1;
      digits();
    }
    if (body[at] === 0x65 || body[at] === 0x45) {
      at += 1;
      if (body[at] === 0x2b || body[at] === MINUS) at += 1;
      digits();
    }
  }

  function literal(word: Buffer): void {
    if (word.compare(body, at, at + word.length) !== 0) fail();
    at += word.length;
  }

  function value(depth: number): void {
    if (depth > DEPTH_LIMIT) fail();
    const byte = body[at]!;
    if (byte === QUOTE) string();
    else if (byte === OPEN_BRACE) object(depth, () => value(depth + 1));
    else if (byte === OPEN_BRACKET) array(depth);
    else if (byte === MINUS || isDigit(byte)) number();
    else if (byte === 0x74) literal(TRUE);
    else if (byte === 0x66) literal(FALSE);
    else literal(NULL);
  }

  /** An object; `member` reads each value and is told where its key starts and ends. */
  function object(depth: number, member: (keyStart: number, keyEnd: number) => void): void {
    if (depth > DEPTH_LIMIT) fail();
    at += 1;
    space();
    if (body[at] === CLOSE_BRACE) {
      at += 1;
      return;
    }
    for (;;) {
      if (body[at] !== QUOTE) fail();
      const keyStart = at;
      string();
      const keyEnd = at;
      space();
      if (body[at] !== COLON) fail();
      at += 1;
      space();
      member(keyStart, keyEnd);
      space();
      if (body[at] === CLOSE_BRACE) {
        at += 1;
        return;
      }
      if (body[at] !== COMMA) fail();
      at += 1;
      space();
    }
  }

  function array(depth: number): void {
    at += 1;
    space();
    if (body[at] === CLOSE_BRACKET) {
      at += 1;
      return;
    }
    for (;;) {
      value(depth + 1);
      space();
      if (body[at] === CLOSE_BRACKET) {
        at += 1;
        return;
      }
      if (body[at] !== COMMA) fail();
      at += 1;
      space();
    }
  }

  /** The array of records, the cursor at its bracket; null when an element is no object. */
  function recordArray(field: Buffer): ScannedRecords | null {
    const from = at + 1;
    const starts: number[] = [];
    const fields: number[] = [];
    let start = -1;
    let end = -1;
    const member = (keyStart: number, keyEnd: number) => {
      const watched = keyEnd - keyStart === field.length && field.compare(body, keyStart, keyEnd) === 0;
      const from = at;
      value(2);
      if (watched) {
        start = body[from] === QUOTE ? from : -1;
        end = start < 0 ? -1 : at;
      }
    };
    flatten = true;
    at = from;
    space();
    let onlyObjects = true;
    for (let next = from; body[at] !== CLOSE_BRACKET; ) {
      starts.push(next - from);
      start = -1;
      end = -1;
      if (body[at] === OPEN_BRACE) object(1, member);
      else {
        onlyObjects = false;
        value(1);
      }
      fields.push(start, end);
      space();
      if (body[at] === CLOSE_BRACKET) break;
      if (body[at] !== COMMA) fail();
      body[at] = NEWLINE;
      at += 1;
      next = at;
      space();
      if (body[at] === CLOSE_BRACKET) fail();
    }
    flatten = false;
    const to = at;
    at += 1;
    if (!onlyObjects) return null;
    return { from, to, starts: [...starts, to + 1 - from], fields: Int32Array.from(fields) };
  }

  function records(path: readonly string[], field: string): ScannedRecords | null {
    const keys = path.map((key) => Buffer.from(JSON.stringify(key)));
    const watched = Buffer.from(JSON.stringify(field));
    let found: ScannedRecords | null = null;
    const descend = (level: number) => {
      object(level, (keyStart, keyEnd) => {
        const key = keys[level];
        const matches = key !== undefined && key.compare(body, keyStart, keyEnd) === 0;
        if (!matches) value(level + 1);
        else if (level === keys.length - 1 && body[at] === OPEN_BRACKET && found === null) found = recordArray(watched);
        else if (level < keys.length - 1 && body[at] === OPEN_BRACE) descend(level + 1);
        else value(level + 1);
      });
    };
    at = 0;
    space();
    if (body[at] === OPEN_BRACE) descend(0);
    else value(0);
    space();
    if (at !== body.length) fail();
    return found;
  }

  function line(start: number): number {
    at = start;
    if (body[at] !== OPEN_BRACE) fail();
    object(0, () => value(1));
    while (body[at] === SPACE || body[at] === TAB || body[at] === RETURN) at += 1;
    // A record that runs over its line would have shifted the cursor past it.
    if (body[at] !== NEWLINE || body.indexOf(NEWLINE, start) !== at) fail();
    return at + 1;
  }

  return { records, line };
}

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');
/** `" \ / b f n r t` */
const ESCAPES: readonly number[] = [0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74];

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isHex(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}
