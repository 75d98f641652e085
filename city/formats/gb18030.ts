/** Text → GB18030 bytes. */
export type Gb18030Encoder = (text: string) => Uint8Array;

/** Index of the first code of the supplementary planes in the standard's linear order of four-byte codes. */
const SUPPLEMENTARY = 189_000;
const BASIC_FOUR_BYTE_CODES = 39_420;

/**
 * Node decodes GB18030 but does not encode it: the tables are made by decoding every code once (about 15 ms).
 * Characters without a code (lone surrogates) become `?`.
 */
export function createGb18030Encoder(): Gb18030Encoder {
  const pairs = twoByteTable();
  const linears = fourByteTable();
  return (text) => {
    const bytes = new Uint8Array(text.length * 4);
    let length = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      const pair = pairs[unit]!;
      if (unit < 0x80) bytes[length++] = unit;
      else if (pair !== 0) {
        bytes[length++] = pair >> 8;
        bytes[length++] = pair & 0xff;
      } else {
        const point = text.codePointAt(at)!;
        if (point > 0xffff) at++;
        const linear = point > 0xffff ? SUPPLEMENTARY + point - 0x10000 : linears.get(point);
        if (linear === undefined) bytes[length++] = 0x3f;
        else {
          putFour(bytes, length, linear);
          length += 4;
        }
      }
    }
    return bytes.subarray(0, length);
  };
}

function putFour(bytes: Uint8Array, at: number, linear: number): void {
  bytes[at] = 0x81 + Math.floor(linear / 12_600);
  bytes[at + 1] = 0x30 + (Math.floor(linear / 1_260) % 10);
  bytes[at + 2] = 0x81 + (Math.floor(linear / 10) % 126);
  bytes[at + 3] = 0x30 + (linear % 10);
}

/** Code unit → two bytes; 0 where there are none. */
function twoByteTable(): Uint16Array {
  const pairs: number[] = [];
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) if (trail !== 0x7f) pairs.push((lead << 8) | trail);
  }
  const raw = new Uint8Array(pairs.length * 3);
  pairs.forEach((pair, at) => {
    raw.set([pair >> 8, pair & 0xff, 0x0a], at * 3);
  });
  const table = new Uint16Array(65_536);
  decodedLines(raw).forEach((text, at) => {
    if (text.length === 1 && text !== '\ufffd') table[text.charCodeAt(0)] = pairs[at]!;
  });
  return table;
}

/** Character of the basic plane → its place among the four-byte codes. */
function fourByteTable(): Map<number, number> {
  const raw = new Uint8Array(BASIC_FOUR_BYTE_CODES * 5).fill(0x0a);
  for (let linear = 0; linear < BASIC_FOUR_BYTE_CODES; linear++) putFour(raw, linear * 5, linear);
  const table = new Map<number, number>();
  decodedLines(raw).forEach((text, at) => {
    if (text.length === 1 && text !== '\ufffd') table.set(text.charCodeAt(0), at);
  });
  return table;
}

function decodedLines(raw: Uint8Array): string[] {
  return new TextDecoder('gb18030').decode(raw).split('\n');
}
