import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { TestProject } from 'vitest/node';
import { DOCUMENT, documentOf } from './document.js';
import type { Seen } from './run-row.js';
import { nameOf, ROWS } from './table.js';
import './keep.js';

/** Has each row kept, and writes docs/resilience.md of them when all were run and are as they should be. */
export default function setup(project: TestProject): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'nx-identity-seen-'));
  project.provide('seenFolder', folder);
  return async () => {
    const kept = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Seen);
    rmSync(folder, { recursive: true, force: true });
    const good = new Map(kept.filter(({ wrongs }) => wrongs.length === 0).map((seen) => [seen.name, seen]));
    const missing = ROWS.map(nameOf).filter((name) => !good.has(name));
    if (missing.length > 0) {
      process.stdout.write(`docs/resilience.md is left as it is, without: ${missing.join('; ')}\n`);
      return;
    }
    const text = documentOf(good, new Date());
    writeFileSync(DOCUMENT, await format(text, { ...(await resolveConfig(DOCUMENT)), filepath: DOCUMENT }));
    process.stdout.write('Written to docs/resilience.md\n');
  };
}
