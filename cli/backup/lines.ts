import { createReadStream } from 'node:fs';

/** The lines of a file, cut at newlines only: readline would also cut at the separators that JSON text may hold as they are. */
export async function* linesOf(file: string): AsyncIterable<string> {
  let rest = '';
  for await (const chunk of createReadStream(file, 'utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
