import { describe, expect, it } from 'vitest';
import { readArguments } from './arguments.ts';

const ROWS = ['boot', 'sizes'];
const USUAL = { rounds: 5, seconds: 3 };
const read = (...args: string[]) => readArguments(args, ROWS, USUAL);

describe('the command line of the bench', () => {
  it('asks for everything, as usual, where it says nothing', () => {
    expect(read()).toEqual({ names: [], plan: USUAL });
  });

  it('asks for rows, and for other rounds', () => {
    expect(read('sizes', '--rounds', '1', '--seconds=2')).toEqual({
      names: ['sizes'],
      plan: { rounds: 1, seconds: 2 },
    });
  });

  it.each(['--help', '-h'])('asks with %s what there is', (option) => {
    expect(read('boot', option)).toEqual({ help: true });
  });

  it('is told which rows there are when it names another', () => {
    expect(read('boot', 'boots')).toEqual({
      fault: expect.stringContaining('There is no row boots. There are: boot, sizes.') as string,
    });
  });

  it.each(['0', '-1', '1.5', 'many', ''])('is refused %j rounds', (rounds) => {
    expect(read(`--rounds=${rounds}`)).toEqual({ fault: expect.stringContaining('--rounds wants') as string });
  });

  it('is refused an option that there is not', () => {
    expect(read('--quick')).toEqual({ fault: expect.stringContaining('--quick') as string });
  });
});
