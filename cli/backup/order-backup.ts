import { FillOnceError } from '../../core/index.ts';
import { type ControlLine, controlOf } from '../platform/control.ts';
import type { BackupManifest } from './manifest.ts';
import type { BackupProgress } from './write-backup.ts';

/**
 * Asks the platform that runs on a data folder for a backup. Null when none answers.
 *
 * @throws FillOnceError what the platform could not do
 */
export async function orderBackup(options: {
  readonly dataFolder: string;
  /** Absolute. */
  readonly to: string;
  readonly onProgress: (progress: BackupProgress) => void;
  readonly signal: AbortSignal;
}): Promise<BackupManifest | null> {
  const { dataFolder, to, onProgress, signal } = options;
  const control = await controlOf(dataFolder);
  if (control === null) return null;
  const response = await fetch(`${control.url}/backup`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${control.token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ to }),
    signal,
  }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    return null;
  });
  // Nobody there, or someone else on a port that a killed platform had.
  if (!response?.ok || response.body === null) return null;
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const said = JSON.parse(line) as ControlLine;
      if ('manifest' in said) return said.manifest;
      if ('error' in said) throw new FillOnceError(said.error);
      onProgress(said.progress);
    }
  }
  return null;
}
