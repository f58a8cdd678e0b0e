import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';

const ROOT = join(import.meta.dirname, '../../..');
/** The folder of the chart. */
export const CHART = join(ROOT, 'helm/identity');
/** Enough for the largest rendering and for what a tool has to say of it. */
const MAX_BYTES = 64 * 1024 ** 2;

/** Values of a release: files by their names in the chart's folder, the later ones win, and values on top of them. */
export interface Release {
  files: string[];
  values?: object;
}

/** An object of Kubernetes as it was rendered. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  // oxlint-disable-next-line typescript/no-explicit-any -- a test knows what it looks for, and kubeconform knows the rest
  [field: string]: any;
}

/** What a tool of `.ci/tools/install` answered. */
export interface Answer {
  status: number | null;
  stdout: string;
  stderr: string;
}

let tools: string | undefined;

/** Runs `helm` or `kubeconform`, which are put on this machine by the first call. */
export function run(tool: 'helm' | 'kubeconform', args: string[], input = ''): Answer {
  tools ??= spawnSync(join(ROOT, '.ci/tools/install'), ['helm', 'kubeconform'], { encoding: 'utf8' }).stdout.trim();
  const path = [tools, process.env['PATH']].join(delimiter);
  const { status, stdout, stderr, error } = spawnSync(join(tools, tool), args, {
    cwd: ROOT,
    env: { ...process.env, PATH: path },
    input,
    encoding: 'utf8',
    maxBuffer: MAX_BYTES,
  });
  if (error) throw error;
  return { status, stdout, stderr };
}

/** Calls Helm with the values of a release. Arguments: what comes before them, such as `['template', 'identity']`. */
export function helm(command: string[], { files, values }: Release): Answer {
  const folder = mkdtempSync(join(tmpdir(), 'nx-identity-chart-'));
  try {
    const own = join(folder, 'values.yaml');
    writeFileSync(own, stringify(values ?? {}));
    const paths = [...files.map((file) => join(CHART, file)), own];
    return run('helm', [...command, CHART, ...paths.flatMap((path) => ['--values', path])]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The text that Helm renders, in the namespace `seller`, hooks included. @throws Error with what Helm says against it */
export function render(release: Release, name = 'identity'): string {
  const { status, stdout, stderr } = helm(['template', name, '--namespace', 'seller'], release);
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** The objects that Helm renders. @throws Error with what Helm says against it */
export function objectsOf(release: Release, name = 'identity'): Manifest[] {
  return parse(render(release, name));
}

/** Objects of a text that was rendered. */
export function parse(text: string): Manifest[] {
  return parseAllDocuments(text, { strict: true, uniqueKeys: true }).flatMap((document) => {
    const [fault] = document.errors;
    if (fault) throw fault;
    const object = document.toJS() as Manifest | null;
    return object === null ? [] : [object];
  });
}

/** What Helm says against the values of a release; nothing when it takes them. */
export function refusal(release: Release): string | undefined {
  const { status, stderr } = helm(['template', 'identity', '--namespace', 'seller'], release);
  return status === 0 ? undefined : stderr;
}
