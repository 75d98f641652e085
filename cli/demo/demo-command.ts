import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from '../command.ts';
import { jsonOption, scaleOf, scaleOption, seedOf, seedOption } from '../settings.ts';
import { runDemo } from './run-demo.ts';
import { summaryText } from './summary.ts';

export const demoCommand: Command = {
  name: 'demo',
  usage: 'demo [--scale X] [--seed N] [--out DIR] [--json]',
  summary: {
    zh: '不用浏览器走完主流程：汇入、预填、填报、审核、汇总、导出，并对照真值度量',
    en: 'the main job without a browser: ingest, prefill, answer, review, merge, export, measured against the truth',
  },
  options: {
    scale: scaleOption,
    seed: seedOption,
    out: {
      type: 'string',
      value: 'DIR',
      default: 'out',
      help: { zh: '导出文件所在目录', en: 'folder for the exported workbooks' },
    },
    keep: { type: 'boolean', help: { zh: '保留数据目录 <out>/data', en: 'keep the data folder <out>/data' } },
    json: jsonOption,
  },
  examples: ['fillonce demo --scale 1 --seed 7 --out out --json', 'fillonce demo --scale 0.05'],
  run: async ({ options, stdout, stderr, signal }) => {
    const out = resolve(String(options.out));
    const dataFolder = join(out, 'data');
    await rm(dataFolder, { recursive: true, force: true });
    await mkdir(out, { recursive: true });
    try {
      const summary = await runDemo({
        seed: seedOf(options),
        scale: scaleOf(options),
        out,
        dataFolder,
        say: (line) => stderr.write(`${line}\n`),
        signal,
      });
      stdout.write(options.json ? `${JSON.stringify(summary)}\n` : summaryText(summary));
      return 0;
    } finally {
      if (!options.keep) await rm(dataFolder, { recursive: true, force: true });
    }
  },
};
