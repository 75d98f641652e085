import type { Block } from '../expand/block.ts';
import { writeAround, writeRow } from '../patch/sheet.ts';
import type { SheetContent } from '../recalculate/content.ts';

const PIECE_CHARACTERS = 128 * 1024;

/** A sheet part piece by piece: what stands before the rows, rows and expanded lines in order, what stands after. */
export function* sheetPieces(
  content: SheetContent,
  writers: ReadonlyMap<Block, (line: number) => string>,
  onLines: (lines: number) => void,
): Generator<Buffer> {
  const { document, blocks } = content;
  const { before, after } = writeAround(document);
  let text = before;
  let lines = 0;
  let at = 0;
  for (const block of blocks) {
    for (; at < document.rows.length && document.rows[at]!.index < block.start; at++) {
      text += writeRow(document.rows[at]!, document);
      if (text.length > PIECE_CHARACTERS) {
        yield Buffer.from(text);
        text = '';
      }
    }
    const write = writers.get(block)!;
    for (let line = 0; line < block.count; line++) {
      text += write(line);
      lines++;
      if (text.length <= PIECE_CHARACTERS) continue;
      onLines(lines);
      lines = 0;
      yield Buffer.from(text);
      text = '';
    }
  }
  for (; at < document.rows.length; at++) {
    text += writeRow(document.rows[at]!, document);
    if (text.length <= PIECE_CHARACTERS) continue;
    yield Buffer.from(text);
    text = '';
  }
  onLines(lines);
  yield Buffer.from(text + after);
}
