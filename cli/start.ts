import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { orgUnits, startCity } from '../city/index.ts';
import { type Config, systemClock } from '../core/index.ts';
import type { Command, CommandContext } from './command.ts';
import { checkPort, prepareDataFolder } from './data-folder.ts';
import { ensureDemoPeople, ensureFirstAdmin, type Login } from './people.ts';
import { cityEnvironment } from './platform/city-environment.ts';
import { openPlatform, type Platform } from './platform/platform.ts';
import { configOf, dataOption, scaleOf, scaleOption, seedOf, seedOption } from './settings.ts';

export const startCommand: Command = {
  name: 'start',
  usage: 'start [--demo] [--data DIR] [--port N] [--host ADDRESS]',
  summary: {
    zh: '在一个进程里启动整个平台；--demo 同时启动模拟街道',
    en: 'run the whole platform in one process; --demo adds the simulated subdistrict',
  },
  options: {
    demo: {
      type: 'boolean',
      help: { zh: '连接模拟街道并创建演示账号', en: 'connect the simulated subdistrict and create demo logins' },
    },
    data: dataOption,
    port: {
      type: 'string',
      value: 'N',
      help: { zh: '端口（默认 7070，0 为任意空闲端口）', en: 'port (default 7070; 0 takes any free one)' },
    },
    host: {
      type: 'string',
      value: 'ADDRESS',
      help: { zh: '监听地址（默认 127.0.0.1）', en: 'address to listen on (default 127.0.0.1)' },
    },
    seed: seedOption,
    scale: scaleOption,
    'no-live': {
      type: 'boolean',
      help: {
        zh: '模拟街道只给存量数据，不随时间产生新数据',
        en: 'the simulated subdistrict gives its backlog only, nothing new as time passes',
      },
    },
  },
  examples: ['fillonce start --demo', 'fillonce start --data /srv/fillonce --host 0.0.0.0 --port 8080'],
  run: async ({ options, stdout, signal }) => {
    const config = configOf(options);
    // Before the city and everything else takes seconds to come up: what would be in the way at the end.
    prepareDataFolder(config.dataFolder);
    await checkPort(config.host, config.port);
    mkdirSync(join(config.dataFolder, 'logs'), { recursive: true });
    const destination = pino.destination({ dest: join(config.dataFolder, 'logs', 'platform.log'), sync: false });
    const log = pino({ level: config.logLevel }, destination);
    const running = options.demo ? await startDemo(config, log, options, stdout) : await startPlain(config, log);
    stdout.write(`\nFill Once · 一次填报  →  ${running.url}\n`);
    for (const { login, password, name } of running.logins.slice(0, 7))
      stdout.write(`  ${login} / ${password}  ${name}\n`);
    if (running.logins.length > 7) stdout.write(`  … ${running.logins.length - 7} more clerks, one per community\n`);
    stdout.write('\nCtrl-C 停止 · stops\n');
    await ended(signal);
    stdout.write('正在停止 · stopping\n');
    await running.close();
    destination.flushSync();
    return 0;
  },
};

interface Running {
  readonly url: string;
  readonly logins: readonly Login[];
  close(): Promise<void>;
}

async function startDemo(
  config: Config,
  log: pino.Logger,
  options: CommandContext['options'],
  stdout: NodeJS.WritableStream,
): Promise<Running> {
  const seed = seedOf(options);
  stdout.write('启动模拟街道 · starting the simulated subdistrict\n');
  const starting = startCity({
    seed,
    scale: scaleOf(options),
    inbox: join(config.dataFolder, 'inbox'),
    state: join(config.dataFolder, 'city'),
    live: !options['no-live'],
    log: (line) => log.info({ city: line }, 'city'),
  });
  const sourcesEnv = starting.then(cityEnvironment);
  // Heard by whoever waits for it; when nobody does, because the platform failed first, that failure is told.
  sourcesEnv.catch(() => undefined);
  const units = orgUnits(seed);
  let platform: Platform | null = null;
  try {
    // The platform opens what it can while the city is still coming up: both take seconds.
    platform = await openPlatform({
      config,
      clock: systemClock,
      log,
      env: process.env,
      sourcesEnv,
      units,
      demo: true,
      people: (store) => ensureDemoPeople(store, units),
    });
    const city = await starting;
    await city.push(platform.url);
    await platform.pullAll();
  } catch (error) {
    await platform?.close();
    await starting.then((city) => city.stop()).catch(() => undefined);
    throw error;
  }
  const city = await starting;
  const opened = platform;
  return {
    url: opened.url,
    logins: opened.logins,
    close: async () => {
      await opened.close();
      await city.stop();
    },
  };
}

async function startPlain(config: Config, log: pino.Logger): Promise<Running> {
  const platform = await openPlatform({
    config,
    clock: systemClock,
    log,
    env: process.env,
    demo: false,
    people: (store) => ensureFirstAdmin(store),
  });
  await platform.pullAll();
  return platform;
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
