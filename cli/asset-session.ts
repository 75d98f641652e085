import type { CommandContext, CommandOption } from './command.ts';
import { type ApiSession, signIn } from './demo/api-session.ts';
import { passwordNeeded, platformSilent } from './errors.ts';
import { configOf, dataOption, jsonOption } from './settings.ts';

/** Options of commands that ask a running platform. */
export const platformOptions: Readonly<Record<string, CommandOption>> = {
  url: {
    type: 'string',
    value: 'URL',
    help: {
      zh: '正在运行的平台的地址（默认按配置的主机和端口）',
      en: 'address of the running platform (default: host and port as configured)',
    },
  },
  as: {
    type: 'string',
    value: 'USER',
    default: 'admin',
    help: {
      zh: '以此用户登录，密码取自 FILLONCE_PASSWORD',
      en: 'signs in as this user, with the password of FILLONCE_PASSWORD',
    },
  },
  data: dataOption,
  json: jsonOption,
};

/**
 * Signs in to the running platform.
 *
 * @throws FillOnceError `cli.password_needed`, `cli.platform_silent`, and what the platform answers
 */
export async function platformSession({ options }: Pick<CommandContext, 'options'>): Promise<ApiSession> {
  const config = configOf(options);
  const host = config.host === '0.0.0.0' ? '127.0.0.1' : config.host;
  const url = typeof options.url === 'string' ? options.url : `http://${host}:${config.port}`;
  const login = String(options.as ?? 'admin');
  const password = process.env.FILLONCE_PASSWORD;
  if (password === undefined || password === '') throw passwordNeeded(login);
  try {
    return await signIn(url.replace(/\/$/, ''), login, password);
  } catch (error) {
    // Node's fetch says so when nobody answers at the address.
    if (error instanceof TypeError) throw platformSilent(url, error);
    throw error;
  }
}
