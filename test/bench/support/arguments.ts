import { parseArgs } from 'node:util';
import type { Plan } from './rounds.ts';

/** What the command line asks for: some rows or, without a name, all of them; a word about itself; or nothing that is. */
export type Asked = { names: string[]; plan: Plan } | { help: true } | { fault: string };

const OPTIONS = {
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** @param rows the names there are @param usual what holds where nothing is said */
export function readArguments(args: string[], rows: string[], usual: Plan): Asked {
  try {
    const { values, positionals: names } = parseArgs({ args, allowPositionals: true, options: OPTIONS });
    if (values.help) return { help: true };
    const unknown = names.filter((name) => !rows.includes(name));
    if (unknown.length > 0) throw new Error(`There is no row ${unknown.join(', ')}. There are: ${rows.join(', ')}.`);
    const number = (name: keyof Plan) => (values[name] === undefined ? usual[name] : positive(name, values[name]));
    return { names, plan: { rounds: number('rounds'), seconds: number('seconds') } };
  } catch (error) {
    return { fault: `${error instanceof Error ? error.message : String(error)}\nnpm run bench -- --help tells more.` };
  }
}

function positive(name: string, given: string): number {
  if (!/^[1-9]\d{0,3}$/.test(given)) throw new Error(`--${name} wants a whole number from 1, not "${given}".`);
  return Number(given);
}
