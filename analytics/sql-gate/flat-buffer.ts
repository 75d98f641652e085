/** Where something that was written lies, counted from the end of the buffer. */
export type Placed = number;

/** Writes one FlatBuffers message, back to front as the format wants it: what is pointed at comes before what points. */
export interface FlatBuffer {
  text(value: string): Placed;
  /** A table; a field that is undefined takes its default. */
  table(fields: readonly (Field | undefined)[]): Placed;
  /** A vector of pointers to tables. */
  vector(items: readonly Placed[]): Placed;
  /** A vector of structs of 64-bit numbers, each item as long as the first. */
  structs(items: readonly (readonly bigint[])[]): Placed;
  /** The finished message. */
  finish(root: Placed): Uint8Array;
}

export type Field =
  | { readonly kind: 'u8' | 'i16' | 'i32'; readonly value: number }
  | { readonly kind: 'i64'; readonly value: bigint }
  | { readonly kind: 'at'; readonly value: Placed };

const SIZE = { u8: 1, i16: 2, i32: 4, i64: 8, at: 4 } as const;

/**
 * FlatBuffers as https://flatbuffers.dev/internals/ describes them: little-endian, every number aligned to its size, a table begins with
 * the distance to its list of field places.
 *
 * @example
 * const buffer = createFlatBuffer();
 * const bytes = buffer.finish(buffer.table([{ kind: 'i16', value: 4 }]));
 */
export function createFlatBuffer(): FlatBuffer {
  let bytes = new Uint8Array(1024);
  let view = new DataView(bytes.buffer);
  /** Bytes written so far, at the end of `bytes`. */
  let used = 0;

  function room(size: number): void {
    if (used + size <= bytes.length) return;
    const larger = new Uint8Array(Math.max(bytes.length * 2, used + size));
    larger.set(bytes.subarray(bytes.length - used), larger.length - used);
    bytes = larger;
    view = new DataView(bytes.buffer);
  }

  /** Pads so that `used` is a multiple of `size` after `more` further bytes. */
  function align(size: number, more = 0): void {
    const pad = (size - ((used + more) % size)) % size;
    room(pad);
    bytes.fill(0, bytes.length - used - pad, bytes.length - used);
    used += pad;
  }

  function put(field: Field): void {
    const size = SIZE[field.kind];
    align(size);
    room(size);
    used += size;
    const at = bytes.length - used;
    if (field.kind === 'u8') view.setUint8(at, field.value);
    else if (field.kind === 'i16') view.setInt16(at, field.value, true);
    else if (field.kind === 'i32') view.setInt32(at, field.value, true);
    else if (field.kind === 'i64') view.setBigInt64(at, field.value, true);
    // A pointer is the distance from itself to what it points at.
    else view.setUint32(at, used - field.value, true);
  }

  return {
    text: (value) => {
      const encoded = new TextEncoder().encode(value);
      align(4, encoded.length + 1);
      room(encoded.length + 1);
      used += encoded.length + 1;
      bytes.set(encoded, bytes.length - used);
      bytes[bytes.length - used + encoded.length] = 0;
      put({ kind: 'i32', value: encoded.length });
      return used;
    },

    table: (fields) => {
      const end = used;
      const places = fields.map((field) => {
        if (field === undefined) return 0;
        put(field);
        return used;
      });
      put({ kind: 'i32', value: 0 });
      const start = used;
      const size = start - end;
      for (const place of [...places].reverse()) put({ kind: 'i16', value: place === 0 ? 0 : start - place });
      put({ kind: 'i16', value: size });
      put({ kind: 'i16', value: (fields.length + 2) * 2 });
      view.setInt32(bytes.length - start, used - start, true);
      return start;
    },

    vector: (items) => {
      align(4, items.length * 4);
      for (const item of [...items].reverse()) put({ kind: 'at', value: item });
      put({ kind: 'i32', value: items.length });
      return used;
    },

    structs: (items) => {
      align(8, 0);
      for (const item of [...items].reverse()) {
        for (const value of [...item].reverse()) put({ kind: 'i64', value });
      }
      put({ kind: 'i32', value: items.length });
      return used;
    },

    finish: (root) => {
      align(8, 4);
      put({ kind: 'at', value: root });
      return bytes.slice(bytes.length - used);
    },
  };
}
