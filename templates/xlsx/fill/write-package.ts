import { columnName } from '../cell-reference.ts';
import type { Block, BlockCell } from '../expand/block.ts';
import { isTouched } from '../patch/sheet.ts';
import type { SheetContent } from '../recalculate/content.ts';
import { createZipWriter } from '../zip-write.ts';
import type { FillResult, FillTarget } from './data.ts';
import type { Filling } from './filling.ts';
import type { Finished } from './finish.ts';
import { createLineWriter, type LineOptions } from './lines.ts';
import { sheetPieces } from './sheet-pieces.ts';

/** Lines from which speed matters more than the last tenth of size. */
const FAST_FROM_LINES = 100_000;

/** Writes the package: entries in their order, those that did not change with their compressed bytes. */
export async function writePackage(
  { archive, parts, styles, options, warnings }: Filling,
  { contents, recalculation }: Finished,
  target: FillTarget,
): Promise<Pick<FillResult, 'parts' | 'bytes'>> {
  const sheets = new Map<string, SheetContent>();
  const writers = new Map<Block, (line: number) => string>();
  for (const content of contents.values()) {
    if (content.blocks.length === 0 && !isTouched(content.document)) continue;
    sheets.set(content.document.part, content);
    // Before anything is written: what the lines need in the styles part has to be there.
    for (const block of content.blocks) writers.set(block, createLineWriter(block, lineOptions(content)));
  }
  const changes = parts.changes();
  const done = { changed: [] as string[], removed: [...parts.removed], copied: [] as string[] };
  const zip = createZipWriter(target, options.signal ? { signal: options.signal } : {});
  let rows = 0;
  const onLines = (lines: number): void => {
    rows += lines;
    if (lines > 0) options.onProgress?.({ stage: 'writing', rows });
  };
  try {
    for (const { name } of archive.entries) {
      if (parts.removed.has(name)) continue;
      const content = sheets.get(name);
      const text = changes.get(name);
      if (content) {
        const lines = content.blocks.reduce((sum, { count }) => sum + count, 0);
        await zip.addStream(name, sheetPieces(content, writers, onLines), { level: lines > FAST_FROM_LINES ? 1 : 6 });
      } else if (text !== undefined) await zip.addBytes(name, text);
      else {
        await zip.addRaw(await archive.raw(name));
        done.copied.push(name);
        continue;
      }
      done.changed.push(name);
      changes.delete(name);
    }
    for (const [name, text] of changes) {
      await zip.addBytes(name, text);
      done.changed.push(name);
    }
    return { parts: done, bytes: await zip.finish() };
  } catch (error) {
    await zip.abort(error);
    throw error;
  }

  function lineOptions({ sheet, document }: SheetContent): LineOptions {
    const where = (block: Block, cell: BlockCell, line: number): string =>
      `${sheet.name}!${columnName(cell.column)}${block.start + line}`;
    return {
      prefix: document.prefix,
      styles,
      valueOf: (block, cell, line) => recalculation.lineValue(sheet.index, block, cell, line),
      onUnknown: (block, cell, line) => warnings.add('valueDropped', where(block, cell, line)),
    };
  }
}
