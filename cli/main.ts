import { parseArgs } from 'node:util';
import { FillOnceError, toErrorBody } from '../core/errors.ts';
import { type Command, parseArgsOptions } from './command.ts';
import { allCommands, commandsOf } from './commands.ts';
import { commandHelp, generalHelp } from './help.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const family = await commandsOf(argv[0] ?? '');
  const command = longestMatch(family, argv);
  if (command === null) {
    const wantsHelp = argv.length === 0 || argv[0] === '--help' || argv[0] === '-h' || argv[0] === 'help';
    if (wantsHelp) {
      process.stdout.write(generalHelp(await allCommands()));
      return 0;
    }
    if (family.length > 0) {
      (argv.includes('--help') ? process.stdout : process.stderr).write(generalHelp(family));
      return argv.includes('--help') ? 0 : 2;
    }
    process.stderr.write(`fillonce: 没有“${argv[0]}”这个命令；运行 fillonce --help 查看全部命令。\n`);
    process.stderr.write(`fillonce: no command '${argv[0]}'; run fillonce --help for all commands.\n`);
    return 2;
  }
  const rest = argv.slice(command.name.split(' ').length);
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(commandHelp(command));
    return 0;
  }
  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      abort.abort(new Error(name));
      process.once(name, () => process.exit(130));
    });
  }
  const json = rest.includes('--json');
  try {
    const { values, positionals } = parseArgs({
      args: [...rest],
      options: parseArgsOptions(command),
      allowPositionals: true,
      strict: true,
    });
    return await command.run({
      args: positionals,
      options: values,
      stdout: process.stdout,
      stderr: process.stderr,
      signal: abort.signal,
    });
  } catch (error) {
    return report(error, command, json);
  }
}

/** `xlsx read FILE` finds the command `xlsx read` before `xlsx`. */
function longestMatch(commands: readonly Command[], argv: readonly string[]): Command | null {
  const matches = commands.filter((command) => command.name.split(' ').every((word, i) => argv[i] === word));
  return matches.sort((a, b) => b.name.length - a.name.length)[0] ?? null;
}

function report(error: unknown, command: Command, json: boolean): number {
  if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
    process.stderr.write(`fillonce ${command.name}: ${error.message}\n用法 · usage: fillonce ${command.usage}\n`);
    return 2;
  }
  if (json) process.stdout.write(`${JSON.stringify({ error: toErrorBody(error) })}\n`);
  if (error instanceof FillOnceError) {
    process.stderr.write(`fillonce: ${error.text.zh}\nfillonce: ${error.text.en} [${error.code}]\n`);
    const next = error.details.next;
    if (next !== undefined) process.stderr.write(`  → ${next.zh}\n  → ${next.en}\n`);
  } else {
    process.stderr.write(`fillonce: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
  return 1;
}
