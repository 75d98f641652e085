import { createHash, randomBytes } from 'node:crypto';

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

export type BatchId = Branded<string, 'BatchId'>;
export type PublicationId = Branded<string, 'PublicationId'>;
export type CampaignId = Branded<string, 'CampaignId'>;
export type SnapshotId = Branded<string, 'SnapshotId'>;
export type TaskId = Branded<string, 'TaskId'>;
export type PatchId = Branded<string, 'PatchId'>;
export type SubmissionId = Branded<string, 'SubmissionId'>;
export type ReleaseId = Branded<string, 'ReleaseId'>;
export type IncidentId = Branded<string, 'IncidentId'>;
export type UserId = Branded<string, 'UserId'>;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * A time-sortable id: `prefix_` + 10 characters of milliseconds + 10 random characters (Crockford base 32).
 *
 * @example newId<TaskId>('task', clock.now()) // 'task_01kb2v7m8x3f9q2w7rjn'
 */
export function newId<Id extends string>(prefix: string, now: Date): Id {
  let time = now.getTime();
  let head = '';
  for (let i = 0; i < 10; i++) {
    head = ALPHABET[time % 32] + head;
    time = Math.floor(time / 32);
  }
  let tail = '';
  for (const byte of randomBytes(10)) tail += ALPHABET[byte % 32];
  return `${prefix}_${head}${tail}` as Id;
}

/** SHA-256 in lower-case hex of the given bytes or text. */
export function contentHash(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}
