import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Config, loadConfig } from '../core/index.ts';
import type { CommandContext, CommandOption } from './command.ts';
import { badOption } from './errors.ts';

/** Options of every command that works on a data folder. */
export const dataOption: CommandOption = {
  type: 'string',
  value: 'DIR',
  help: { zh: '数据目录（默认 ./data 或 FILLONCE_DATA）', en: 'data folder (default ./data or FILLONCE_DATA)' },
};

export const jsonOption: CommandOption = {
  type: 'boolean',
  help: { zh: '输出 JSON', en: 'print JSON' },
};

export const seedOption: CommandOption = {
  type: 'string',
  value: 'N',
  default: '7',
  help: { zh: '模拟街道的随机种子', en: 'seed of the simulated subdistrict' },
};

export const scaleOption: CommandOption = {
  type: 'string',
  value: 'X',
  default: '1',
  help: {
    zh: '模拟街道的规模，1 为 82 万条以上记录',
    en: 'size of the simulated subdistrict; 1 gives 820,000 records or more',
  },
};

/** The configuration of the environment (and `.env`), with what the command line says on top. */
export function configOf(options: CommandContext['options']): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const text = (name: string) => (typeof options[name] === 'string' ? options[name] : undefined);
  const data = text('data');
  return loadConfig({
    ...process.env,
    ...(data === undefined ? {} : { FILLONCE_DATA: resolve(data) }),
    ...(text('port') === undefined ? {} : { FILLONCE_PORT: text('port') }),
    ...(text('host') === undefined ? {} : { FILLONCE_HOST: text('host') }),
  });
}

/** @throws FillOnceError `cli.option` */
export function seedOf(options: CommandContext['options']): number {
  const text = String(options.seed ?? '7');
  if (!/^\d{1,9}$/.test(text))
    throw badOption('seed', text, { zh: '0 到 999999999 的整数', en: 'a whole number up to 999999999' });
  return Number(text);
}

/** @throws FillOnceError `cli.option` */
export function scaleOf(options: CommandContext['options']): number {
  const text = String(options.scale ?? '1');
  const scale = Number(text);
  if (!(scale >= 0.01 && scale <= 20))
    throw badOption('scale', text, { zh: '0.01 到 20 之间的数', en: 'a number from 0.01 to 20' });
  return scale;
}
