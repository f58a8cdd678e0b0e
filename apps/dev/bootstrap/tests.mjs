import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChild } from './run-child.mjs';

/** Runs Vitest and ends with the plain line `N passed, N failed`, which Vitest itself does not print. */
export async function runTests(node, args) {
  const folder = mkdtempSync(join(tmpdir(), 'nx-identity-report-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const code = await runChild(node, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args], {
      env: { NODE_ENV: 'test' },
    });
    const { passed, failed } = count(file);
    console.log(`${passed} passed, ${failed} failed`);
    return code !== 0 ? code : Number(failed > 0 || passed === 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file that fails before its first test counts as one failure; so does a run that wrote no report. */
function count(file) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    const broken = report.testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
    );
    return { passed: report.numPassedTests, failed: report.numFailedTests + broken.length };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
