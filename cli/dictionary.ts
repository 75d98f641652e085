import { loadCatalogue } from '../core/index.ts';
import type { Command } from './command.ts';
import { badOption } from './errors.ts';
import { jsonOption } from './settings.ts';

const FORMATS = ['md', 'csv', 'json'] as const;

export const dictionaryCommand: Command = {
  name: 'dictionary',
  usage: 'dictionary [--format md|csv|json]',
  summary: {
    zh: '由目录、契约和血缘生成的数据字典；不需要平台在运行',
    en: 'the data dictionary, made from catalogue, contracts and lineage; needs no running platform',
  },
  options: {
    format: {
      type: 'string',
      value: 'FORMAT',
      default: 'md',
      help: { zh: '输出格式：md、csv、json', en: 'md, csv or json' },
    },
    json: jsonOption,
  },
  examples: ['fillonce dictionary > dictionary.md', 'fillonce dictionary --format csv > dictionary.csv'],
  run: async ({ options, stdout }) => {
    const format = options.json ? 'json' : String(options.format);
    if (!(FORMATS as readonly string[]).includes(format))
      throw badOption('format', format, { zh: 'md、csv 或 json', en: 'md, csv or json' });
    // Reading every form and SELECT takes a second: other commands need not wait for it.
    const { declaredDictionary, dictionaryCsv, dictionaryTable } = await import('./declared.ts');
    const entries = await declaredDictionary(loadCatalogue());
    if (format === 'json') stdout.write(`${JSON.stringify({ items: entries })}\n`);
    else if (format === 'csv') stdout.write(dictionaryCsv(dictionaryTable(entries)));
    else stdout.write(markdown(dictionaryTable(entries)));
    return 0;
  },
};

function markdown([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replace(/[\\|]/g, '\\$&').replaceAll('\n', ' ')).join(' | ')} |\n`;
  return `# 数据字典 · Data dictionary\n\n${line(head)}${line(head.map(() => '---'))}${rows.map(line).join('')}`;
}
