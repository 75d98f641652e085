// What only the tests want: a Chromium-like browser and a Postgres server. Found if installed; else installed from the system's
// packages when this is Debian and we are root; else playwright's own download (browser); else named, and the tests say so.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];

export function obtainTestParts({ say }) {
  const wanted = [];
  if (!hasBrowser()) wanted.push('chromium');
  if (!hasPostgres()) wanted.push('postgresql');
  if (wanted.length === 0) return;
  if (isRootOnDebian()) {
    say(
      `安装测试所需的 ${wanted.join('、')}（约 1–2 分钟） · Installing ${wanted.join(', ')} for the tests (1–2 minutes)`,
    );
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update', '-q'], { stdio: 'ignore', env, timeout: 300_000 });
    spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...wanted], {
      stdio: 'ignore',
      env,
      timeout: 600_000,
    });
  } else if (wanted.includes('chromium')) {
    say('下载测试用浏览器 · Downloading a browser for the tests');
    const cli = join(process.cwd(), 'node_modules', 'playwright-core', 'cli.js');
    spawnSync(process.execPath, [cli, 'install', 'chromium'], { stdio: 'ignore', timeout: 600_000 });
  }
  if (!hasBrowser() && !hasDownloadedBrowser()) {
    say('未找到 Chrome/Chromium/Edge：浏览器测试不会运行 · No Chrome, Chromium or Edge: browser tests will not run');
  }
  if (!hasPostgres()) {
    say('未找到 Postgres 服务程序：相关测试不会运行 · No Postgres server binaries: their tests will not run');
  }
}

function hasBrowser() {
  if (process.env.FILLONCE_BROWSER) return true;
  const fixed = [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    'C:/Program Files/Google/Chrome/Application/chrome.exe',
    'C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe',
  ];
  return BROWSERS.some(onPath) || fixed.some(existsSync);
}

function hasDownloadedBrowser() {
  const home = process.env.HOME ?? process.env.USERPROFILE ?? '';
  const folders = [join(home, '.cache/ms-playwright'), join(home, 'Library/Caches/ms-playwright')];
  return folders.some(
    (folder) => existsSync(folder) && readdirSync(folder).some((name) => name.startsWith('chromium')),
  );
}

function hasPostgres() {
  if (onPath('initdb')) return true;
  const folder = '/usr/lib/postgresql';
  return (
    existsSync(folder) && readdirSync(folder).some((version) => existsSync(join(folder, version, 'bin', 'initdb')))
  );
}

function onPath(name) {
  return (process.env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, name)));
}

function isRootOnDebian() {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}
