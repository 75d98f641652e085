import { excelBench, warehouseBench } from '../bench/index.ts';
import type { Command } from './command.ts';
import { badOption } from './errors.ts';

type Suite = (options: { readonly rows: number; readonly rounds: number }) => AsyncIterable<object>;

const SUITES: Readonly<Record<string, Suite>> = {
  excel: ({ rows, rounds }) => excelBench({ rows: [rows], rounds }),
  warehouse: ({ rows, rounds }) => warehouseBench({ rows, rounds }),
};

export const benchCommand: Command = {
  name: 'bench',
  usage: 'bench SUITE [--rows N] [--rounds N]',
  summary: {
    zh: `测量并逐行输出 JSON；套件：${Object.keys(SUITES).join('、')}（主流程的数字由 demo 输出）`,
    en: `measure, one JSON a line; suites: ${Object.keys(SUITES).join(', ')} (demo prints the figures of the main job)`,
  },
  options: {
    rows: { type: 'string', value: 'N', default: '100000', help: { zh: '表的行数', en: 'rows of the table' } },
    rounds: {
      type: 'string',
      value: 'N',
      default: '3',
      help: { zh: '每项测量的次数', en: 'rounds of each measurement' },
    },
  },
  examples: ['npm run bench -- excel --rows 100000'],
  run: async ({ args, options, stdout }) => {
    const suite = SUITES[args[0] ?? ''];
    if (suite === undefined) {
      const names = Object.keys(SUITES).join(', ');
      throw badOption('suite', args[0] ?? '', { zh: `以下之一：${names}`, en: `one of ${names}` });
    }
    const whole = (name: 'rows' | 'rounds') => {
      const text = String(options[name]);
      if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
      throw badOption(name, text, { zh: '正整数', en: 'a whole number above 0' });
    };
    for await (const line of suite({ rows: whole('rows'), rounds: whole('rounds') })) {
      stdout.write(`${JSON.stringify(line)}\n`);
    }
    return 0;
  },
};
