import type { SqlScalar } from '../analytics/index.ts';
import type { CommandContext } from './command.ts';

export const FORMATS = ['table', 'csv', 'json', 'arrow', 'parquet', 'xlsx'] as const;
export type CliFormat = (typeof FORMATS)[number];

/** What the command line asks for. */
export interface SqlTask {
  readonly statement: string;
  readonly parameters: Readonly<Record<string, SqlScalar>>;
  readonly format: CliFormat;
  readonly out: string | undefined;
  readonly limit: number;
}

/** The closing line goes to stderr: stdout carries the rows only. */
export function tell(
  { stderr }: Pick<CommandContext, 'stderr'>,
  { rows, truncated, ms, publication }: { rows: number; truncated: boolean; ms: number; publication: string | null },
): void {
  const more = truncated ? ' — 还有更多行，可加大 --limit · more rows: raise --limit' : '';
  stderr.write(`${rows} 行 · rows, ${ms} ms, ${publication ?? '–'}${more}\n`);
}
