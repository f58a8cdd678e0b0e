import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from './program.js';

/** The commands that do something, by what is typed for them. */
function leaves(command: Command, path: string[] = []): [string, Command][] {
  if (command.commands.length === 0) return [[path.join(' '), command]];
  return command.commands.flatMap((child) => leaves(child, [...path, child.name()]));
}

/** What is printed for `--help`. */
function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({ writeOut: (text) => void (help += text) }).outputHelp();
  return help;
}

const commands = leaves(createProgram());

describe.each(commands)('the help of identity %s', (name, command) => {
  const [, examples = ''] = helpOf(command).split('\nExamples:\n');
  const lines = examples.trimEnd().split('\n').filter(Boolean);

  it('names the option of all commands', () => {
    expect(helpOf(command)).toContain('--json');
  });

  it('has examples where it takes something', () => {
    const takes = command.options.length + command.registeredArguments.length > 0;
    expect({ takes, lines }).toEqual({ takes, lines: takes ? expect.arrayContaining([expect.any(String)]) : lines });
  });

  it.runIf(lines.length > 0).each(lines)('shows what it takes: %s', (line) => {
    const words = shellWords(line.trim());
    expect(words.splice(0, name.split(' ').length + 1).join(' ')).toBe(`identity ${name}`);
    for (const { long } of command.options.filter(({ mandatory }) => mandatory)) expect(words).toContain(long);
    const { operands, unknown } = command.parseOptions(words.filter((word) => word !== '--json'));
    expect(unknown).toEqual([]);
    expect(operands.length).toBeGreaterThanOrEqual(
      command.registeredArguments.filter(({ required }) => required).length,
    );
    expect(operands.length).toBeLessThanOrEqual(command.registeredArguments.length);
  });
});

it('the help of all tells what the exit codes mean', () => {
  expect(helpOf(createProgram())).toMatch(/Exits 0 .+; 1 .+; 2 when `policies check`/);
});

it('a mistake points to the help of the command that it was made in', () => {
  const [, rotate] = commands.find(([name]) => name === 'keys rotate')!;
  let said = '';
  rotate.exitOverride().configureOutput({ writeErr: (text) => void (said += text) });
  expect(() => rotate.parse(['--no-such-thing'], { from: 'user' })).toThrow(/unknown option/);
  expect(said).toContain('identity keys rotate --help');
});

/** What the shell makes of a line, as far as examples go: quotes, and what is redirected goes elsewhere. */
function shellWords(line: string): string[] {
  const [command = ''] = line.split(/ [<>|] /);
  return [...command.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
}
