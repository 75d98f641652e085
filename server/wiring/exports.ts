import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type CampaignId, type Clock, newId } from '../../core/index.ts';
import type { Reports } from '../../reports/index.ts';
import { audit, type Store } from '../../store/index.ts';
import type { Releases } from '../ports.ts';

/** Exports go through a file of their own, which is gone when the download has ended, whichever way. */
export function wireReleases(options: { store: Store; reports: Reports; folder: string; clock: Clock }): Releases {
  const { store, reports, folder, clock } = options;
  return {
    exportFile: async (user, campaignId) => {
      const target = join(folder, `${newId('export', clock.now())}.xlsx`);
      const exported = await reports.exports.write(user, { campaignId: campaignId as CampaignId }, target);
      await store.as(user).transaction((tx) =>
        audit(tx, {
          action: 'campaign.export',
          subject: campaignId,
          detail: { state: exported.state, rows: exported.rows, bytes: exported.bytes },
        }),
      );
      const stream = createReadStream(exported.file);
      stream.once('close', () => void rm(exported.file, { force: true }));
      return { fileName: exported.fileName, body: Readable.toWeb(stream) as ReadableStream<Uint8Array> };
    },
  };
}
