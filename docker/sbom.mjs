// Takes npm's list of what is installed, on standard input, and makes it the same at every build of the same packages:
// with neither a moment nor a random number, and with the Node that runs.
// Usage: sbom.mjs <path of that node>
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { argv } from 'node:process';

const version = execFileSync(argv[2], ['--version'], { encoding: 'utf8' }).trim().slice(1);
const bom = JSON.parse(readFileSync(0, 'utf8'));
delete bom.serialNumber;
delete bom.metadata.timestamp;
bom.metadata.component.name = 'nx-seller-identity';
bom.components.push({
  'bom-ref': `node@${version}`,
  type: 'application',
  name: 'node',
  version,
  purl: `pkg:generic/node@${version}`,
  cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
});
process.stdout.write(`${JSON.stringify(bom, null, 1)}\n`);
