// Runs the whole test suite and closes with one line that counts it. Arguments go to vitest.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'fillonce-test-'));
const report = join(folder, 'report.json');
const run = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
);
const counts = read(report);
rmSync(folder, { recursive: true, force: true });
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(run.status === 0 && counts.failed === 0 && counts.passed > 0 ? 0 : 1);

function read(file) {
  try {
    const {
      numPassedTests: passed,
      numFailedTests: failed,
      numFailedTestSuites: suites,
    } = JSON.parse(readFileSync(file, 'utf8'));
    return { passed, failed: failed > 0 ? failed : suites };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
