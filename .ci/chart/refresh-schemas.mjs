// Cuts the schemas of Kubernetes' own kinds, in test/chart/schemas/kubernetes, from the releases that `kubernetes-validate` of
// PyPI carries. To be run by hand when the chart renders another kind, or Kubernetes has a newer version: the oldest one is
// that of Chart.yaml. Schemas of custom resources, beside it, are those of their projects without descriptions.
// Usage: node .ci/chart/refresh-schemas.mjs
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = 'kubernetes-validate==1.37.0';
const VERSIONS = ['v1.30.0', 'v1.37.0'];
const KINDS = [
  'configmap-v1',
  'cronjob-batch-v1',
  'deployment-apps-v1',
  'horizontalpodautoscaler-autoscaling-v2',
  'ingress-networking-v1',
  'job-batch-v1',
  'networkpolicy-networking-v1',
  'poddisruptionbudget-policy-v1',
  'role-rbac-v1',
  'rolebinding-rbac-v1',
  'service-v1',
  'serviceaccount-v1',
];
const DEFINITIONS = '_definitions.json';
const target = fileURLToPath(new URL('../../test/chart/schemas/kubernetes', import.meta.url));

const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const entriesOf = (schema) => Object.entries(schema).toSorted(([a], [b]) => (a < b ? -1 : 1));

/** A schema without what it says to people, whose references begin with `file`. A field may be called `description`. */
function strip(schema, file) {
  if (Array.isArray(schema)) return schema.map((item) => strip(item, file));
  if (typeof schema !== 'object' || schema === null) return schema;
  const kept = entriesOf(schema).filter(
    ([name, value]) =>
      !name.startsWith('x-kubernetes') && name !== '$id' && !(name === 'description' && typeof value === 'string'),
  );
  return Object.fromEntries(
    kept.map(([name, value]) => [name, name === '$ref' ? `${file}#${value.split('#')[1]}` : strip(value, file)]),
  );
}

/** Adds the names of all definitions that a schema leads to. */
function collect(schema, definitions, names) {
  if (typeof schema !== 'object' || schema === null) return;
  const name = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined;
  if (name !== undefined && !names.has(name)) {
    names.add(name);
    collect(definitions[name], definitions, names);
  }
  for (const value of Object.values(schema)) collect(value, definitions, names);
}

function cut(source, folder) {
  const write = (file, schema) => writeFileSync(join(folder, file), JSON.stringify(schema));
  const { $schema, $defs } = read(join(source, DEFINITIONS));
  const names = new Set();
  for (const kind of KINDS) {
    const schema = read(join(source, `${kind}.json`));
    collect(schema, $defs, names);
    write(`${kind}.json`, strip(schema, DEFINITIONS));
  }
  const kept = [...names].toSorted().map((name) => [name, strip($defs[name], '')]);
  write(DEFINITIONS, { $defs: Object.fromEntries(kept), $schema });
}

const unpacked = mkdtempSync(join(tmpdir(), 'nx-identity-schemas-'));
try {
  const run = (...args) => execFileSync('python3', args, { cwd: unpacked, stdio: 'inherit' });
  run('-m', 'pip', 'download', '--quiet', '--no-deps', PACKAGE);
  run('-m', 'zipfile', '-e', readdirSync(unpacked)[0], '.');
  rmSync(target, { recursive: true, force: true });
  for (const version of VERSIONS) {
    const folder = join(target, `${version}-standalone-strict`);
    mkdirSync(folder, { recursive: true });
    cut(join(unpacked, `kubernetes_validate/kubernetes-json-schema/${version}-local-strict`), folder);
  }
} finally {
  rmSync(unpacked, { recursive: true, force: true });
}
