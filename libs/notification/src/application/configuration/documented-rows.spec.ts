import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '@platform/testing';
import { SMTP_CODE, smtpFaults } from '../mail/smtp-settings.js';
import { readSmsSettings } from '../sms/read-sms-settings.js';

const COMMAND =
  /configuration set (?<code>identity\.(?:mail|sms)\.[\w.-]+)(?: --credential-stdin)?(?: \\\n)?\s+'(?<json>\{[^']*\})'/g;

/** Rows as they stand in commands that people copy. */
function rowsOf(file: string): { code: string; value: unknown }[] {
  const text = readFileSync(join(projectRoot(), file), 'utf8');
  return [...text.matchAll(COMMAND)].map(({ groups }) => ({
    code: groups?.['code'] ?? '',
    value: JSON.parse(groups?.['json'] ?? ''),
  }));
}

describe('a row that a page says how to set', () => {
  it.each([
    ['docs/messages.md', 3],
    ['docs/compose.md', 1],
    ['docs/adr/0016-sms-providers.md', 1],
    ['apps/cli/src/help.ts', 1],
  ])('can be set: %s', (file, count) => {
    const rows = rowsOf(file);
    expect(rows).toHaveLength(count);
    for (const { code, value } of rows)
      expect([code, code === SMTP_CODE ? smtpFaults(value) : readSmsSettings(value, false).faults]).toEqual([code, []]);
  });
});
