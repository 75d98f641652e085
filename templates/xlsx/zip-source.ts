import { type FileHandle, open } from 'node:fs/promises';
import { refusal, unreadableFile } from './errors.ts';

/** Bytes that can be read at any place: a file or a buffer. */
export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes at `offset`; refuses when the source ends before. */
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Opens a file by path, or wraps bytes without copying them; refuses more than `fileBytes`. */
export async function openSource(source: string | Uint8Array, fileBytes: number): Promise<ByteSource> {
  if (typeof source === 'string') return openFile(source, fileBytes);
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  if (bytes.length > fileBytes) throw refusal('fileSize', { limit: fileBytes, found: bytes.length });
  return {
    size: bytes.length,
    read: async (offset, length) => {
      if (offset < 0 || offset + length > bytes.length) throw refusal('truncated', { found: bytes.length });
      return bytes.subarray(offset, offset + length);
    },
    close: async () => {},
  };
}

async function openFile(path: string, fileBytes: number): Promise<ByteSource> {
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw unreadableFile(path, cause);
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw unreadableFile(path, undefined);
    if (stat.size > fileBytes) throw refusal('fileSize', { limit: fileBytes, found: stat.size });
    return fileSource(handle, stat.size);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function fileSource(handle: FileHandle, size: number): ByteSource {
  return {
    size,
    read: async (offset, length) => {
      if (offset < 0 || offset + length > size) throw refusal('truncated', { found: size });
      const bytes = Buffer.allocUnsafe(length);
      let done = 0;
      while (done < length) {
        const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) throw refusal('truncated', { found: size });
        done += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}
