import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type pg from 'pg';

/** What the driver's connection offers while a COPY runs; its typings leave the COPY messages out. */
interface CopyConnection {
  readonly stream: Writable;
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

/**
 * Runs `COPY … FROM STDIN` with text that comes piece by piece, no faster than the server takes it.
 *
 * @returns rows taken
 * @throws what the server answered, or what `pieces` threw: then the COPY is told to fail, and the connection stays usable
 * @example await copyIn(client, 'COPY t (a, b) FROM STDIN', (async function* () { yield '1\tx\n2\t\\N\n'; })()); // 2
 */
export async function copyIn(client: pg.Client, text: string, pieces: AsyncIterable<string>): Promise<number> {
  const copy = new Copy(text);
  client.query(copy as unknown as pg.Submittable);
  const connection = await copy.begun;
  try {
    for await (const piece of pieces) {
      if (copy.failed) break;
      connection.sendCopyFromChunk(Buffer.from(piece));
      if (connection.stream.writableNeedDrain) await Promise.race([drained(connection.stream), copy.ended]);
    }
  } catch (error) {
    if (!copy.failed) connection.sendCopyFail('the rows could not be read');
    await copy.ended.catch(() => undefined);
    throw error;
  }
  if (!copy.failed) connection.endCopyFrom();
  return copy.ended;
}

async function drained(stream: Writable): Promise<void> {
  await Promise.race([once(stream, 'drain'), once(stream, 'close')]);
}

/** What the driver asks to speak the protocol: its methods are called by the client's handlers of those names. */
class Copy {
  readonly #text: string;
  readonly begun: Promise<CopyConnection>;
  readonly ended: Promise<number>;
  failed = false;
  #rows = 0;
  #error: Error | null = null;
  #begin: (connection: CopyConnection) => void = () => undefined;
  #settle: ((error: Error | null) => void)[] = [];

  constructor(text: string) {
    this.#text = text;
    this.begun = new Promise((resolve, reject) => {
      this.#begin = resolve;
      this.#settle.push((error) => reject(error ?? new Error('the statement was no COPY')));
    });
    this.ended = new Promise((resolve, reject) => {
      this.#settle.push((error) => (error ? reject(error) : resolve(this.#rows)));
    });
    // The caller may still be at `begun`, or between two pieces.
    this.begun.catch(() => undefined);
    this.ended.catch(() => undefined);
  }

  submit(connection: CopyConnection): void {
    connection.query(this.#text);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    this.#begin(connection);
  }

  handleCommandComplete(message: { readonly text: string }): void {
    this.#rows = Number(/^COPY (\d+)/.exec(message.text)?.[1] ?? 0);
  }

  /** Also called when the connection breaks: then nothing else comes. */
  handleError(error: Error): void {
    this.failed = true;
    this.#error = error;
    for (const settle of this.#settle) settle(error);
  }

  handleReadyForQuery(): void {
    for (const settle of this.#settle) settle(this.#error);
  }
}
