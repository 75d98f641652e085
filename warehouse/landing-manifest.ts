import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type BatchId, contentHash } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import { landingCorrupt, landingName } from './landing-errors.ts';

/** What one batch is. It appears when the batch and its cursor are both on disk, and never changes. */
export interface BatchManifest {
  /** `<source>.<dataset>.<seq>.<hash>`: the hash covers the content and every batch before it in the dataset. */
  readonly id: BatchId;
  readonly source: string;
  readonly dataset: string;
  /** The local civil date on which the batch was received, `2026-11-22`. */
  readonly partition: string;
  /** 1, 2, 3 … within the dataset, without gaps. */
  readonly seq: number;
  readonly records: number;
  readonly bytes: number;
  readonly sha256: string;
  /** Where the next pull goes on. */
  readonly cursor: Json;
  readonly previous: BatchId | null;
  /** ISO 8601 with offset; never earlier than that of the batch before. */
  readonly receivedAt: string;
  /** True when what is in it had come before: brought again for a past time, or mended. It says nothing of how late the source is. */
  readonly again?: true;
}

export const SEQ_DIGITS = 8;

const schema = z.object({
  id: z.string().transform((id) => id as BatchId),
  source: z.string(),
  dataset: z.string(),
  partition: z.string(),
  seq: z.number().int().positive(),
  records: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
  sha256: z.string().length(64),
  cursor: z.json().transform((cursor) => cursor as Json),
  previous: z
    .string()
    .nullable()
    .transform((id) => id as BatchId | null),
  receivedAt: z.string(),
  again: z.literal(true).optional(),
});

/** @throws FillOnceError `warehouse.landing.name` for a name that cannot be a folder and part of a batch id. */
export function datasetFolder(landingFolder: string, source: string, dataset: string): string {
  // `files` holds the original documents beside the sources' folders.
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(source) || source === 'files') throw landingName('source', source);
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(dataset)) throw landingName('dataset', dataset);
  return join(landingFolder, source, dataset);
}

/** The id of a batch: the same content after the same history has the same id, so a repeated pull is recognised. */
export function batchId(
  source: string,
  dataset: string,
  seq: number,
  previous: BatchId | null,
  sha256: string,
): BatchId {
  const hash = contentHash(`${source}\n${dataset}\n${previous ?? ''}\n${sha256}`).slice(0, 16);
  return `${source}.${dataset}.${seqText(seq)}.${hash}` as BatchId;
}

/** Source, dataset and place of a batch, read from its id; null for text that is no batch id. */
export function batchPlace(id: string): { source: string; dataset: string; seq: number } | null {
  const match = /^([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)\.(\d{8})\.[0-9a-f]{16}$/.exec(id);
  return match ? { source: match[1]!, dataset: match[2]!, seq: Number(match[3]) } : null;
}

export function manifestName(seq: number): string {
  return `${seqText(seq)}.json`;
}

/** The place in the dataset that a manifest's file name gives; null for any other file. */
export function manifestSeq(fileName: string): number | null {
  return /^\d{8}\.json$/.test(fileName) ? Number(fileName.slice(0, SEQ_DIGITS)) : null;
}

/** `<seq>-<hash>.ndjson`, beside the manifest. */
export function dataName(id: BatchId): string {
  const [, , seq, hash] = id.split('.');
  return `${seq}-${hash}.ndjson`;
}

/**
 * Reads one manifest; null when there is none.
 *
 * @throws FillOnceError `warehouse.landing.corrupt`
 */
export async function readManifest(folder: string, seq: number): Promise<BatchManifest | null> {
  const file = join(folder, manifestName(seq));
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw landingCorrupt(file, error);
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw landingCorrupt(file, error);
  }
}

function seqText(seq: number): string {
  return String(seq).padStart(SEQ_DIGITS, '0');
}
