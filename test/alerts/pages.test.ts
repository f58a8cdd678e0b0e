import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '@platform/testing';
import { compress } from './support/compress.js';
import { RULES } from './support/monitoring.js';

const BASE = 'https://runbooks.example.com/nx-seller-identity/runbook.md#';
const HEADINGS = ['Meaning', 'Impact', 'Diagnosis', 'Mitigation', 'Escalation'];

const rules = readFileSync(RULES, 'utf8');
const runbook = readFileSync(join(projectRoot(), 'docs/runbook.md'), 'utf8');
const folder = join(projectRoot(), 'test/alerts/rules');
const unitTests = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
const alerts = rules
  .split(/^ +- alert: /m)
  .slice(1)
  .map((text) => ({ name: /^\w+/.exec(text)?.[0] ?? '', text }));

describe.each(alerts)('$name', ({ name, text }) => {
  it('says how bad it is, what happens, and where to read on', () => {
    for (const field of ['severity: (critical|warning)', 'summary: .', 'description: >-', 'for: \\d+m'])
      expect(text).toMatch(new RegExp(`^ +${field}`, 'm'));
    expect(text).toContain(`runbook_url: ${BASE}${name.toLowerCase()}\n`);
  });

  it('has a page with all parts, in their order, and a line in the table above', () => {
    const page = runbook.split(/^(?=### )/m).find((part) => part.startsWith(`### ${name}\n`)) ?? '';
    expect([...page.matchAll(/^#### (.+)$/gm)].map(([, heading]) => heading)).toEqual(HEADINGS);
    expect(runbook).toMatch(new RegExp(`^\\| \`${name}\`.*\\(#${name.toLowerCase()}\\)`, 'm'));
  });

  it('has unit tests: it fires and clears, stays quiet at low volume, after a restart and without data', () => {
    const own = unitTests.find((file) => file.includes(`alertname: ${name},`) || file.includes(`alertname: ${name}\n`));
    const names = [...(own ?? '').matchAll(/^ {2}- name: '?(.+?)'?$/gm)].map(([, title]) => title).join('\n');
    for (const wanted of [/fires/, /clears/, /quiet/, /rollout|restart|process alone/, /without data|no data/])
      expect(names).toMatch(wanted);
  });
});

describe('rules whose time goes faster', () => {
  it('differ in their durations alone, windows, offsets and waits alike', () => {
    expect(compress('increase10m: x_total[10m] offset 23h30m > 5\nfor: 2m # 5 minutes')).toBe(
      'increase10m: x_total[10000ms] offset 1410000ms > 5\nfor: 2000ms # 5 minutes',
    );
    expect(compress(rules).replace(/\d+ms/g, '1m')).toBe(rules.replace(/(?<![\w.])(?:\d+[dhms])+(?!\w)/g, '1m'));
  });
});
