import { describe, expect, it } from 'vitest';
import { helm, parse, render, run } from './support/helm.js';
import { MATRIX } from './support/matrix.js';

/** The oldest Kubernetes of Chart.yaml, and the newest that was out when the schemas were cut. */
const KUBERNETES = ['1.30.0', '1.37.0'];
const SCHEMAS = [
  'test/chart/schemas/kubernetes/{{.NormalizedKubernetesVersion}}-standalone{{.StrictSuffix}}/{{.ResourceKind}}{{.KindSuffix}}.json',
  'test/chart/schemas/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json',
].flatMap((location) => ['-schema-location', location]);

/** What kubeconform says of manifests, strictly: no field that the schema does not name. */
function conform(text: string, version: string): string {
  const { stdout, stderr } = run(
    'kubeconform',
    ['-strict', '-summary', '-kubernetes-version', version, ...SCHEMAS],
    text,
  );
  return stdout + stderr;
}

const rendered = new Map(Object.entries(MATRIX).map(([name, release]) => [name, render(release)]));
const all = [...rendered.values()].join('\n---\n');

describe.each(Object.entries(MATRIX))('%s', (name, release) => {
  it('passes lint', () => {
    const { status, stdout } = helm(['lint', '--strict', '--namespace', 'seller'], release);
    expect(stdout).toContain('0 chart(s) failed');
    expect(status).toBe(0);
  });

  it('renders the same twice, each object once', () => {
    const text = rendered.get(name) ?? '';
    expect(render(release)).toBe(text);
    const names = parse(text).map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.name}`);
    expect(names.length).toBeGreaterThan(5);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe.each(KUBERNETES)('Kubernetes %s', (version) => {
  it('knows every field of every object', () => {
    const count = parse(all).length;
    expect(conform(all, version)).toContain(
      `${count} resources found parsing stdin - Valid: ${count}, Invalid: 0, Errors: 0, Skipped: 0`,
    );
  });
});

it.each([
  ['readOnlyRootFilesystem', 'readOnlyRootFileSystem'],
  ['ttlSecondsAfterFinished', 'ttlSecondAfterFinished'],
  ['jobLabel', 'jobLabels'],
  ['matchPattern', 'matchPatern'],
  ['sourceCriterion', 'sourceCriteria'],
])('fields are looked at strictly: %s is not %s', (field, misspelt) => {
  const text = rendered.get('everything') ?? '';
  expect(text).toContain(field);
  expect(conform(text.replaceAll(`${field}:`, `${misspelt}:`), '1.37.0')).toContain(`'${misspelt}' not allowed`);
});
