import type { CellCounts, FailingColumn } from './measure.ts';

export interface SourceFigures {
  readonly source: string;
  readonly dataset: string;
  readonly protocol: string;
  readonly records: number;
  readonly batches: number;
  readonly quarantined: number;
  /** From the order to pull (or the first push) to the last batch of the first load, in landing. */
  readonly ms: number;
}

export interface ReportFigures extends CellCounts {
  readonly report: string;
  readonly title: string;
  readonly period: string;
  /** Cells of the second campaign, one month later, that were answered in the first, are within their time to live, and are asked again. */
  readonly reasked: number;
  readonly tasks: number;
  readonly patches: number;
  readonly mergeConflicts: number;
  readonly prefillMs: number;
  readonly mergeMs: number;
  readonly exportMs: number;
  readonly file: string;
}

/** What `fillonce demo --json` prints. */
export interface DemoSummary {
  readonly seed: number;
  readonly scale: number;
  readonly records: number;
  readonly ingestMs: number;
  readonly sources: readonly SourceFigures[];
  readonly themes: readonly { readonly theme: string; readonly records: number }[];
  readonly reports: readonly ReportFigures[];
  /** Over the cells of all reports together. */
  readonly coverage: number;
  readonly precision: number;
  readonly reasked: number;
  /** Records served and acknowledged that are neither in the warehouse nor in quarantine. */
  readonly lost: number;
  readonly peakMemoryMb: number | null;
  readonly totalMs: number;
}

/** The summary as a person reads it. */
export function summaryText(summary: DemoSummary): string {
  const percent = (value: number) => `${(value * 100).toFixed(2)} %`;
  const lines = [
    `记录 records ${summary.records.toLocaleString('en')} · 汇入 ingest ${(summary.ingestMs / 1000).toFixed(1)} s · 丢失 lost ${summary.lost}`,
    ...summary.themes.map(({ theme, records }) => `  ${theme.padEnd(12)} ${records.toLocaleString('en').padStart(9)}`),
    ...summary.reports.flatMap((report) => [
      `${report.title}（${report.period}）`,
      `  ${report.rows} × ${report.columns} · 免填 coverage ${percent(report.coverage)} · 准确 precision ${percent(report.precision)} · 再问 reasked ${report.reasked}`,
      ...failingText(report.failing),
      `  任务 tasks ${report.tasks} · 修订 patches ${report.patches} · 冲突 conflicts ${report.mergeConflicts} · 预填 prefill ${report.prefillMs} ms · 汇总 merge ${report.mergeMs} ms · 导出 export ${report.exportMs} ms`,
      `  ${report.file}`,
    ]),
  ];
  if (summary.peakMemoryMb !== null) lines.push(`内存峰值 peak memory ${summary.peakMemoryMb} MB`);
  return `${lines.join('\n')}\n`;
}

const NAMED = 8;

/** The columns with most cells off, on one line; none when all are right. */
function failingText(failing: readonly FailingColumn[]): string[] {
  if (failing.length === 0) return [];
  const named = failing.slice(0, NAMED).map(({ title, wrong, kept }) => `${title} ${wrong}/${kept}`);
  const rest = failing.length > NAMED ? ` … +${failing.length - NAMED}` : '';
  return [`  不准 off ${named.join(' · ')}${rest}`];
}
