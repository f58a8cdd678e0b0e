// What `npm audit --json` (on standard input) has found. A registry that knows no advisories is no finding, and is told:
// then nothing has been looked up, and whoever can must ask another one (`npm audit --registry …`).
import { readFileSync } from 'node:fs';

const FAILING = ['moderate', 'high', 'critical'];

const report = JSON.parse(readFileSync(0, 'utf8') || '{}');
if (report.vulnerabilities === undefined) {
  console.log(`NOT LOOKED UP: the registry answers no audit (${report.message ?? 'no reason given'}).`);
} else {
  const found = Object.values(report.vulnerabilities);
  for (const { name, severity, range, via } of found) {
    const what = via.map((one) => (typeof one === 'string' ? `by ${one}` : `${one.title} ${one.url}`));
    console.log(`${severity}: ${name} ${range}: ${what.join('; ')}`);
  }
  console.log(`${found.length} packages with a known vulnerability`);
  process.exitCode = found.some(({ severity }) => FAILING.includes(severity)) ? 1 : 0;
}
