// Whether every package of an SBOM (CycloneDX, on standard input) is under a licence that asks for no more than that it
// is named: docker/Dockerfile writes the same list into the image, with the texts of the licences beside it.
// Usage: npm sbom --omit=dev --sbom-format=cyclonedx | node licences.mjs
import { readFileSync } from 'node:fs';

const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);

/** SPDX: of several joined by OR one is enough, of those joined by AND all count. What has both, a person reads. */
function isAllowed(expression) {
  const names = expression.replaceAll(/[()]/g, '').split(/\s+(?:AND|OR)\s+/);
  const [isAnd, isOr] = [/\sAND\s/.test(expression), /\sOR\s/.test(expression)];
  if (isAnd && isOr) return false;
  return isOr ? names.some((name) => ALLOWED.has(name)) : names.every((name) => ALLOWED.has(name));
}

const { components } = JSON.parse(readFileSync(0, 'utf8'));
const packages = components.map(({ name, version, licenses = [] }) => ({
  name: `${name}@${version}`,
  licences: licenses.map(({ expression, license }) => expression ?? license.id ?? license.name ?? ''),
}));
const refused = packages.filter(({ licences }) => licences.length === 0 || !licences.every(isAllowed));
for (const { name, licences } of refused) console.log(`${name}: ${licences.join(', ') || 'no licence is told'}`);
console.log(`${packages.length} packages, ${refused.length} under a licence that is not allowed`);
process.exitCode = packages.length === 0 || refused.length > 0 ? 1 : 0;
