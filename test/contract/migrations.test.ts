import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '@platform/testing';

const FOLDER = join(projectRoot(), 'libs/platform/database/src/migrations');
/** Up to here no version ran beside another one: nothing was released yet, and what has run is not edited. */
const BEFORE_ANY_RELEASE = '1764300000000';
/** `-- breaks: why it may` within a statement, or `// breaks: why it may` in the line before it. */
const REASON = /(?:\/\/|--) breaks: \S+ \S+/;

/** What the version before, at work on the same tables, would not survive, or would have to wait for. */
const BREACHES: [what: string, statement: RegExp][] = [
  [
    'takes away what the version before uses',
    /\bDROP\s+(TABLE|COLUMN|VIEW|TRIGGER|FUNCTION|CONSTRAINT|INDEX|SCHEMA|TYPE|DEFAULT)\b/i,
  ],
  ['renames what the version before uses', /\bRENAME\b/i],
  ['wants what the version before does not write', /\bSET\s+NOT\s+NULL\b/i],
  [
    'wants what the version before does not write',
    /\bADD\s+(COLUMN\s+)?(?!CONSTRAINT)\S+\s+\w+[^,;]*\bNOT\s+NULL\b(?![^,;]*\bDEFAULT\b)/i,
  ],
  ['rewrites the table under a lock', /\bALTER\s+COLUMN\s+\S+\s+(SET\s+DATA\s+)?TYPE\b/i],
  ['looks at every row under a lock', /\bADD\s+CONSTRAINT\b(?![^;]*\bNOT\s+VALID\b)/i],
  ['has all writers wait', /\bCREATE\s+(UNIQUE\s+)?INDEX\b(?!\s+CONCURRENTLY)/i],
  ['has all readers wait', /\b(LOCK\s+TABLE|TRUNCATE|CLUSTER|VACUUM\s+FULL|REINDEX)\b/i],
];

/** Migrations by their files, oldest first. */
function migrations(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => /^\d+-[a-z-]+\.ts$/.test(file))
    .toSorted();
}

/** What a migration's way up breaks without a reason. Tables that it makes itself are nobody else's yet. */
function breaches(source: string): string[] {
  const up = source.replace(/async down\([^]*?\n {2}\}\n/, '');
  const own = [...up.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\S+)/g)].map(([, table]) => table ?? '');
  // What an attempt has left that was stopped goes before it is built anew.
  const again = [...up.matchAll(/CREATE (?:UNIQUE )?INDEX CONCURRENTLY (\S+)/g)].map(([, index]) => index ?? '');
  const isAgain = (statement: string) =>
    statement.includes('DROP INDEX') && again.some((index) => statement.includes(index));
  return statementsOf(up)
    .filter((statement) => !isAgain(statement))
    .filter((statement) => !REASON.test(statement) && !own.some((table) => statement.includes(table)))
    .flatMap((statement) =>
      BREACHES.filter(([, pattern]) => pattern.test(statement)).map(([what]) => `${what}: ${oneLine(statement)}`),
    );
}

/** The texts in quotes, each with the line before it, where a reason may stand. */
function statementsOf(source: string): string[] {
  const quoted = /(?<before>^[^\n]*\n)?(?<line>^[^\n'"`]*)(?<quote>['`])(?<text>(?:(?!\k<quote>)[^])*)\k<quote>/gm;
  return [...source.matchAll(quoted)].map(({ groups }) => {
    const reason = REASON.exec(groups?.['before'] ?? '')?.[0] ?? '';
    return `${reason}\n${groups?.['text']}`;
  });
}

function oneLine(statement: string): string {
  return statement.replaceAll(/\s+/g, ' ').trim();
}

describe('a migration', () => {
  it.each(migrations().filter((file) => file.slice(0, 13) > BEFORE_ANY_RELEASE))(
    '%s lets the version before go on: it expands, and has nobody wait',
    (file) => {
      expect(breaches(readFileSync(join(FOLDER, file), 'utf8'))).toEqual([]);
    },
  );

  it('is one of those that are looked at', () => {
    expect(migrations().length).toBeGreaterThan(5);
  });

  const up = (statement: string, before = '') =>
    `class A {\n  async up(runner) {\n${before}    await runner.query('${statement}');\n  }\n\n  async down(runner) {\n    await runner.query('DROP TABLE identity.b');\n  }\n}\n`;

  it.each([
    'DROP TABLE identity."User"',
    'ALTER TABLE identity."User" DROP COLUMN realm',
    'DROP INDEX identity."Session_live_idx"',
    'ALTER TABLE identity."User" RENAME COLUMN realm TO tenant',
    'ALTER TABLE identity."User" ALTER COLUMN realm SET NOT NULL',
    'ALTER TABLE identity."User" ADD COLUMN shop text NOT NULL',
    'ALTER TABLE identity."User" ALTER COLUMN realm TYPE varchar(10)',
    'ALTER TABLE identity."User" ADD CONSTRAINT c CHECK (realm > 1)',
    'CREATE INDEX i ON identity."User" (realm)',
    'CREATE UNIQUE INDEX i ON identity."User" (realm)',
    'LOCK TABLE identity."User"',
  ])('is refused that says %s', (statement) => {
    expect(breaches(up(statement))).toHaveLength(1);
    expect(breaches(up(statement, '    // breaks: nobody has read it since 0.2.0\n'))).toEqual([]);
    expect(breaches(up(statement, '    // breaks:\n'))).toHaveLength(1);
  });

  it.each([
    'ALTER TABLE identity."User" ADD COLUMN shop text',
    'ALTER TABLE identity."User" ADD COLUMN shop text NOT NULL DEFAULT 1',
    'ALTER TABLE identity."User" ADD CONSTRAINT c CHECK (realm > 1) NOT VALID',
    'CREATE UNIQUE INDEX CONCURRENTLY i ON identity."User" (realm)',
    'CREATE TABLE identity."Shop" (id bigint NOT NULL)',
  ])('may say %s', (statement) => {
    expect(breaches(up(statement))).toEqual([]);
  });
});
