import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { runChild } from './run-child.mjs';

/** More files than these are no accident of the machine. */
const RUN_AGAIN_AT_MOST = 3;

/**
 * Runs Vitest and ends with the plain line `N passed, N failed`, which Vitest itself does not print. If few files of a
 * whole suite failed, these run once more by themselves, and their second run counts: docs/adr/0041.
 * @returns the exit code: 0 if there were tests and all passed
 */
export async function runTests(node, args) {
  const folder = mkdtempSync(join(tmpdir(), 'nx-identity-report-'));
  try {
    let { code, files } = await runVitest(node, args, join(folder, 'report.json'));
    const failed = files.filter(isFailed);
    if (failed.length > 0 && failed.length <= RUN_AGAIN_AT_MOST && isWholeSuite(args)) {
      name('Failed, and run once more by themselves:', failed);
      const paths = failed.map(({ path }) => path);
      const again = await runVitest(node, [...args, ...paths], join(folder, 'again.json'));
      const passed = new Set(again.files.filter((file) => !isFailed(file)).map(({ path }) => path));
      const healed = failed.filter(({ path }) => passed.has(path));
      name('Passed at their second run only, which is a fault to be found:', healed);
      code = again.code;
      files = [...files.filter((file) => !failed.includes(file)), ...again.files];
    }
    name('Failed:', files.filter(isFailed));
    const passed = sum(files.map((file) => file.passed));
    const failures = files.length > 0 ? sum(files.map((file) => file.failures.length)) : 1;
    console.log(`${passed} passed, ${failures} failed`);
    return code !== 0 ? code : Number(failures > 0 || passed === 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns its exit code, and of each test file what passed and the names of what failed; no files without a report */
async function runVitest(node, args, report) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await runChild(node, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args], {
    env: { NODE_ENV: 'test' },
  });
  return { code, files: read(report) };
}

function read(report) {
  try {
    return JSON.parse(readFileSync(report, 'utf8')).testResults.map(toFile);
  } catch {
    return [];
  }
}

/** A file that fails before its first test counts as one failure. */
function toFile({ name: path, status, assertionResults }) {
  const failures = assertionResults.filter((test) => test.status === 'failed').map(({ fullName }) => fullName);
  if (status === 'failed' && failures.length === 0) failures.push('(the file itself)');
  return { path, failures, passed: assertionResults.filter((test) => test.status === 'passed').length };
}

function isFailed({ failures }) {
  return failures.length > 0;
}

/** Whoever names tests looks at them; nothing is run twice behind their back. */
function isWholeSuite(args) {
  return args.length === 0 || (args.length === 2 && args[0] === '--config');
}

function name(heading, files) {
  if (files.length === 0) return;
  console.log(`\n${heading}`);
  for (const { path, failures } of files) {
    for (const failure of failures) console.log(`  ${relative('', path)}: ${failure}`);
  }
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
