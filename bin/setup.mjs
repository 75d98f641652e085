// Makes a fresh clone runnable: dependencies, compiled code, web build, Temporal server, and for tests a browser and Postgres.
// Plain Node without dependencies, because it runs before there are any. Does nothing, in milliseconds, when all is there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const purpose = process.argv[2] ?? 'build';

checkNode();
dependencies();
await build();
if (purpose !== 'build') await temporal();
if (purpose === 'test') await testParts();

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(
    `Node ${process.versions.node} 太旧：需要 20.19 或更新版本，请升级后重试。`,
    `Node ${process.versions.node} is too old: install Node 20.19 or newer and try again.`,
  );
}

function dependencies() {
  const wanted = hashOf([join(root, 'package.json'), join(root, 'package-lock.json')]);
  const stamp = join(root, 'node_modules', '.fillonce-dependencies');
  if (read(stamp) === wanted) return;
  say('安装依赖（首次约 1–3 分钟） · Installing dependencies (1–3 minutes the first time)');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // Not `npm ci`: it refuses a lock file that does not list the optional binaries of every other platform.
  const run = spawnSync(
    npm,
    ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'],
    {
      cwd: root,
      stdio: 'inherit',
      shell: process.platform === 'win32',
    },
  );
  if (run.status !== 0) {
    fail(
      '依赖安装失败：请检查能否访问 npm 软件源（离线时需先在联网环境安装一次），再重试同一命令。',
      'Installing dependencies failed: check that the npm registry can be reached (offline work needs one online install first), then run the same command again.',
    );
  }
  writeFileSync(stamp, wanted);
}

async function build() {
  const serverFolders = [
    'core',
    'store',
    'connectors',
    'warehouse',
    'templates',
    'reports',
    'analytics',
    'workflows',
    'server',
    'cli',
    'city',
    'bench',
  ];
  const configs = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'].map((name) => join(root, name));
  const sources = serverFolders.flatMap((folder) => filesOf(join(root, folder), /\.(ts|mts)$/));
  once('compiled', [...sources, ...configs], '编译（约 10 秒） · Compiling (about 10 seconds)', () => {
    node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json');
  });
  once(
    'new-database',
    [
      join(root, 'package-lock.json'),
      ...['engine-pglite.js', 'new-database.js'].map((name) => join(root, 'dist', 'store', name)),
      ...filesOf(join(root, 'store', 'migrations'), /\.sql$/),
    ],
    '准备空数据库（约 5 秒） · Preparing an empty database (about 5 seconds)',
    () => {
      node('dist/store/make-new-database.js');
    },
  );
  const workflowSources = ['core', 'workflows'].flatMap((folder) => filesOf(join(root, folder), /\.ts$/));
  once(
    'workflows',
    [...workflowSources, ...configs],
    '打包工作流（约 10 秒） · Bundling workflows (about 10 seconds)',
    () => {
      node('dist/workflows/bundle.js');
    },
  );
  const web = filesOf(join(root, 'web'), /\.(ts|tsx|css|html|json|svg)$/);
  once(
    'web',
    [...web, join(root, 'package-lock.json')],
    '构建网页（约 20 秒） · Building the web app (about 20 seconds)',
    () => {
      node('node_modules/vite/bin/vite.js', 'build', 'web', '--logLevel', 'warn');
    },
  );
}

async function temporal() {
  const { obtainTemporal } = await import(pathToFileURL(join(root, 'dist/workflows/temporal-binary.js')).href);
  const result = await obtainTemporal({ env: process.env, say });
  if (!result.ok) fail(result.message.zh, result.message.en);
}

async function testParts() {
  const { obtainTestParts } = await import('./test-parts.mjs');
  obtainTestParts({ say });
}

/** Runs `work` unless the listed files are as they were when it last succeeded. */
function once(name, files, message, work) {
  const stamp = join(root, 'dist', `.${name}`);
  const wanted = hashOf(files);
  if (read(stamp) === wanted) return;
  say(message);
  work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

function node(...args) {
  const run = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (run.status === 0) return;
  fail(
    `构建步骤失败：${args[0]}。请把上面的信息发给维护者。`,
    `A build step failed: ${args[0]}. Send the lines above to the maintainers.`,
  );
}

function filesOf(folder, pattern) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function hashOf(files) {
  const hash = createHash('sha256').update(process.versions.node);
  for (const file of files)
    hash.update(file).update(existsSync(file) && statSync(file).isFile() ? readFileSync(file) : '');
  return hash.digest('hex');
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function say(message) {
  process.stderr.write(`fillonce: ${message}\n`);
}

function fail(zh, en) {
  process.stderr.write(`\nfillonce: ${zh}\nfillonce: ${en}\n`);
  process.exit(1);
}
