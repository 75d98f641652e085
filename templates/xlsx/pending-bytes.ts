/** Bytes of something that is not all there yet, gathered piece by piece. */
export interface PendingBytes {
  /** How many wait. */
  readonly size: number;
  /** All that waits with this piece, or undefined while it holds no mark that could end the wait. */
  take(piece: Buffer): Buffer | undefined;
  /** Keeps what could not be used. */
  keep(rest: Buffer): void;
  /** All that waits. */
  rest(): Buffer;
}

/** Up to here joining costs less than looking. */
const SMALL_BYTES = 256 * 1024;
/** A mark and the rest of its tag may lie across pieces. */
const EDGE_BYTES = 4_096;
const NONE: Buffer = Buffer.alloc(0);

/**
 * Joining at every piece would copy a row of 8 MB a hundred times; so pieces are joined when one holds a mark.
 *
 * @param marks one of which what waits must end in
 */
export function createPendingBytes(marks: () => readonly string[]): PendingBytes {
  let pieces: Buffer[] = [];
  let size = 0;
  let edge: Buffer = NONE;

  const isMarked = (piece: Buffer): boolean => {
    const across = Buffer.concat([edge, piece.subarray(0, EDGE_BYTES)]);
    return marks().some((mark) => piece.includes(mark, 0, 'latin1') || across.includes(mark, 0, 'latin1'));
  };
  const rest = (): Buffer => (pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, size));

  return {
    get size() {
      return size;
    },
    take: (piece) => {
      if (size === 0) return piece;
      const waits = size + piece.length > SMALL_BYTES && !isMarked(piece);
      pieces.push(piece);
      size += piece.length;
      if (waits) {
        edge =
          piece.length >= EDGE_BYTES ? piece.subarray(-EDGE_BYTES) : Buffer.concat([edge, piece]).subarray(-EDGE_BYTES);
        return undefined;
      }
      return rest();
    },
    keep: (left) => {
      pieces = left.length > 0 ? [left] : [];
      size = left.length;
      edge = left.subarray(-EDGE_BYTES);
    },
    rest,
  };
}
