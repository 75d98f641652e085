import type { Command } from './command.ts';

/** The text of `fillonce --help`: every command with its usage and summary. */
export function generalHelp(commands: readonly Command[]): string {
  const lines = [
    'Fill Once · 一次填报',
    '',
    '用法 Usage: fillonce <command> [options]',
    '',
    ...commands.flatMap((command) => [
      `  fillonce ${command.usage}`,
      `      ${command.summary.zh}`,
      `      ${command.summary.en}`,
    ]),
    '',
    '每个命令可加 --help 查看选项 · add --help to any command for its options.',
    '',
  ];
  return lines.join('\n');
}

export function commandHelp(command: Command): string {
  const options = Object.entries(command.options).flatMap(([name, option]) => {
    const short = option.short === undefined ? '' : `-${option.short}, `;
    const value = option.type === 'string' ? ` ${option.value ?? 'VALUE'}` : '';
    const fallback = option.default === undefined ? '' : ` (${option.default})`;
    return [`  ${short}--${name}${value}${fallback}`, `      ${option.help.zh}`, `      ${option.help.en}`];
  });
  const examples = command.examples ?? [];
  return [
    `用法 Usage: fillonce ${command.usage}`,
    '',
    command.summary.zh,
    command.summary.en,
    '',
    ...(options.length > 0 ? ['选项 Options:', ...options, ''] : []),
    ...(examples.length > 0 ? ['示例 Examples:', ...examples.map((line) => `  ${line}`), ''] : []),
  ].join('\n');
}
