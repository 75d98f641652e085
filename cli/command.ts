import type { ParseArgsConfig } from 'node:util';
import type { Message } from '../core/errors.ts';

export interface CommandOption {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  readonly default?: string | boolean;
  /** What the value is, shown as `--name VALUE`. */
  readonly value?: string;
  readonly help: Message;
}

export interface CommandContext {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Aborted on SIGINT and SIGTERM: a long command stops cleanly. */
  readonly signal: AbortSignal;
}

/** One command of `bin/fillonce`; `name` may have spaces (`xlsx read`). Every data command has a `json` option. */
export interface Command {
  readonly name: string;
  readonly usage: string;
  readonly summary: Message;
  readonly options: Readonly<Record<string, CommandOption>>;
  readonly examples?: readonly string[];
  /** Returns the exit code. Throws FillOnceError for anything a person should read. */
  run(context: CommandContext): Promise<number>;
}

/** The command's options in the shape of node:util's parseArgs. */
export function parseArgsOptions(command: Command): NonNullable<ParseArgsConfig['options']> {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, { type, short, multiple, default: fallback }] of Object.entries(command.options)) {
    options[name] = {
      type,
      ...(short ? { short } : {}),
      ...(multiple ? { multiple } : {}),
      ...(fallback === undefined ? {} : { default: fallback }),
    };
  }
  return options;
}
