import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, errorText, type Message, toErrorBody } from '../core/index.ts';
import { openPublicationFolder } from '../warehouse/publication-folder.ts';
import { cacheFolder, findTemporal, missingTemporal } from '../workflows/index.ts';
import type { Command } from './command.ts';
import { checkPort, prepareDataFolder } from './data-folder.ts';
import { readServingStatus } from './platform/serving-status.ts';
import { configOf, dataOption, jsonOption } from './settings.ts';

type Verdict = 'ok' | 'warn' | 'fail';

interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  readonly message: Message;
}

export const doctorCommand: Command = {
  name: 'doctor',
  usage: 'doctor [--data DIR] [--json]',
  summary: {
    zh: '检查安装、数据目录、各来源：什么不正常、从何时起、下一步怎么办',
    en: 'examine the installation, the data folder and every source: what is wrong, since when, what to do next',
  },
  options: { data: dataOption, json: jsonOption },
  examples: ['fillonce doctor', 'fillonce doctor --json'],
  run: async ({ options, stdout }) => {
    const config = configOf(options);
    const findings = [
      nodeVersion(),
      temporal(config),
      dataFolder(config),
      await port(config),
      await publication(config),
      ...(await serving(config)),
      ...(await sources(config)),
    ];
    if (options.json) stdout.write(`${JSON.stringify({ findings })}\n`);
    else
      for (const { check, verdict, message } of findings)
        stdout.write(`${MARKS[verdict]} ${check}\n    ${message.zh}\n    ${message.en}\n`);
    return findings.some(({ verdict }) => verdict === 'fail') ? 1 : 0;
  },
};

const MARKS: Readonly<Record<Verdict, string>> = { ok: '✓', warn: '!', fail: '✗' };

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const good = major > 20 || (major === 20 && minor >= 19);
  return {
    check: 'node',
    verdict: good ? 'ok' : 'fail',
    message: good
      ? { zh: `Node ${process.versions.node}`, en: `Node ${process.versions.node}` }
      : { zh: '需要 Node 20.19 或更新版本。', en: 'Install Node 20.19 or newer.' },
  };
}

function temporal(config: Config): Finding {
  if (config.temporalAddress !== undefined) {
    const text = `TEMPORAL_ADDRESS=${config.temporalAddress}`;
    return { check: 'temporal', verdict: 'ok', message: { zh: text, en: text } };
  }
  const found = findTemporal(process.env);
  return {
    check: 'temporal',
    verdict: found === null ? 'fail' : 'ok',
    message: found === null ? missingTemporal(cacheFolder(process.env)) : { zh: found, en: found },
  };
}

function dataFolder(config: Config): Finding {
  try {
    prepareDataFolder(config.dataFolder);
    const { bavail, bsize } = statfsSync(config.dataFolder);
    const text = `${config.dataFolder} (${Math.floor((bavail * bsize) / 1e9)} GB)`;
    return { check: 'data folder', verdict: 'ok', message: { zh: `${text} 可用`, en: `${text} free` } };
  } catch (error) {
    return { check: 'data folder', verdict: 'fail', message: toErrorBody(error).message };
  }
}

async function port(config: Config): Promise<Finding> {
  const where = `${config.host}:${config.port}`;
  if (await platformAnswers(config)) {
    return {
      check: 'port',
      verdict: 'ok',
      message: { zh: `平台正在 ${where} 运行`, en: `the platform is running on ${where}` },
    };
  }
  try {
    await checkPort(config.host, config.port);
    return { check: 'port', verdict: 'ok', message: { zh: `${where} 空闲`, en: `${where} is free` } };
  } catch (error) {
    return { check: 'port', verdict: 'fail', message: toErrorBody(error).message };
  }
}

async function publication(config: Config): Promise<Finding> {
  const check = 'publication';
  const folder = join(config.dataFolder, 'warehouse', 'publications');
  if (!existsSync(folder)) {
    return {
      check,
      verdict: 'warn',
      message: { zh: '还没有发布；启动平台后会生成。', en: 'none yet; start the platform to make one.' },
    };
  }
  try {
    const manifest = await openPublicationFolder(folder).manifest('current');
    const records = manifest.marts.reduce((sum, mart) => sum + mart.rows, 0);
    const text = `${manifest.id} (${manifest.createdAt}, ${records.toLocaleString('en')})`;
    return { check, verdict: 'ok', message: { zh: text, en: text } };
  } catch (error) {
    return { check, verdict: 'fail', message: { zh: errorText(error), en: errorText(error) } };
  }
}

/** Whether the database of the BI tools has the current publication. */
async function serving(config: Config): Promise<readonly Finding[]> {
  const status = await readServingStatus(config.dataFolder);
  if (config.servingUrl === undefined) return [];
  const check = 'serving to Postgres';
  if (status === null) {
    const message = {
      zh: '尚未提供过；启动平台并完成发布后会提供。',
      en: 'nothing served yet; it follows the first publication.',
    };
    return [{ check, verdict: 'warn', message }];
  }
  const { publication: served, servedAt, errorSince, error } = status;
  const last = served === null ? '–' : `${served} (${servedAt})`;
  if (errorSince !== null) {
    const message = {
      zh: `自 ${errorSince} 起失败：${error?.zh ?? ''} 最近成功：${last}`,
      en: `failing since ${errorSince}: ${error?.en ?? ''} Last success: ${last}`,
    };
    return [{ check, verdict: 'fail', message }];
  }
  return [{ check, verdict: 'ok', message: { zh: `最近成功 ${last}`, en: `last success ${last}` } }];
}

interface SourceReport {
  readonly source: string;
  readonly dataset: string;
  readonly lastSuccessAt: string | null;
  readonly errorSince: string | null;
  readonly error: Message | null;
}

/** The running platform writes `sources.json` whenever a source changes: the doctor may look without opening the store. */
async function sources(config: Config): Promise<readonly Finding[]> {
  const file = join(config.dataFolder, 'sources-status.json');
  if (!existsSync(file)) {
    return [
      {
        check: 'sources',
        verdict: 'warn',
        message: { zh: '尚未拉取过任何来源。', en: 'no source has been pulled yet.' },
      },
    ];
  }
  const reports = JSON.parse(readFileSync(file, 'utf8')) as readonly SourceReport[];
  return reports.map(({ source, dataset, lastSuccessAt, errorSince, error }) => ({
    check: `source ${source}.${dataset}`,
    verdict: errorSince === null ? 'ok' : 'fail',
    message:
      errorSince === null
        ? { zh: `最近成功 ${lastSuccessAt}`, en: `last success ${lastSuccessAt}` }
        : { zh: `自 ${errorSince} 起失败：${error?.zh ?? ''}`, en: `failing since ${errorSince}: ${error?.en ?? ''}` },
  }));
}

async function platformAnswers(config: Config): Promise<boolean> {
  if (config.port === 0) return false;
  return fetch(`http://${config.host}:${config.port}/healthz`, { signal: AbortSignal.timeout(1_000) }).then(
    (answer) => answer.ok,
    () => false,
  );
}
