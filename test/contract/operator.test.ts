import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '@platform/testing';
import { runIdentity } from '../support/run-identity.js';

/** The commands below one of them, as its help lists them. */
async function commandsOf(...command: string[]): Promise<string[]> {
  const { code, out } = await runIdentity({}, [...command, '--help']);
  expect([command, code]).toEqual([command, 0]);
  const listed = out.split('\nCommands:\n')[1]?.matchAll(/^ {2}([a-z-]+)/gm) ?? [];
  return [...listed].map(([, name = '']) => name).filter((name) => name !== 'help');
}

/** The rows of the README's table of commands: what stands in the first cell, and the names in the second. */
function documented(): Map<string, string[]> {
  const readme = readFileSync(join(projectRoot(), 'README.md'), 'utf8');
  const part = readme.slice(readme.indexOf("## The operator's command"), readme.indexOf('## A client'));
  const rows = [...part.matchAll(/^\| `([a-z-]+)` +\| ([^|]*) \|$/gm)];
  return new Map(
    rows.map(([, group = '', cell = '']) => [group, [...cell.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name)]),
  );
}

describe("the README's table of the operator's commands", () => {
  let groups: string[];

  beforeAll(async () => {
    groups = await commandsOf();
  });

  it('has a row for each', () => {
    expect(groups.length).toBeGreaterThan(8);
    expect([...documented().keys()].toSorted()).toEqual(groups.toSorted());
  });

  it('names what each can do', async () => {
    for (const group of groups) expect([group, documented().get(group)]).toEqual([group, await commandsOf(group)]);
  });
});
