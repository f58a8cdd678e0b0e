// oxlint-disable-next-line typescript/triple-slash-reference -- an app compiles only what it imports: an ambient file is not found there unless it is named
/// <reference path="./zxcvbn-dictionaries.d.ts" />
import type { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** What zxcvbn says about a password: 0 (guessed at once) to 4; `common` when the whole of it is one leaked password. */
export interface PasswordStrength {
  score: number;
  common: boolean;
}

/**
 * How much of a password zxcvbn looks at. Its work grows worse than quadratically, and it runs on the event loop.
 * Worst of 30 hostile shapes (repeats, leet, dates, digits, sequences, words; 2 cores, Node 24), unbounded leet:
 * 128 characters 722 ms, 64: 362 ms, 32: 120 ms, 24: 86 ms. With LEET_VARIANTS 32: 19 ms, 24: 13 ms, which is half an
 * argon2 hash. 24 hold every entry of the list of leaked passwords (the longest has 20), and a strong beginning is
 * never weakened by what follows it.
 */
const ESTIMATED_LENGTH = 24;
/** How many ways to undo leet are tried (zxcvbn-ts tries 100): each one is a whole dictionary search. */
const LEET_VARIANTS = 12;

let loading: Promise<ZxcvbnFactory> | undefined;

/**
 * Loads the dictionaries once, about 0.15 s and 44 MiB of resident memory, so call it after the service is ready
 * rather than at boot; the first estimate does it otherwise. All lists of both languages would cost 79 MiB; we leave
 * out last names, Wikipedia's words and diceware. Leaked passwords alone cost 29 MiB, but let `thermometer` pass as 4.
 */
export async function loadPasswordStrength(): Promise<void> {
  await estimator();
}

/**
 * Estimates how hard a password is to guess for somebody who knows the words of its context.
 * @param words what the guesser knows: names, the identifier; at most 128 characters of each are used
 */
export async function estimatePasswordStrength(password: string, words: readonly string[]): Promise<PasswordStrength> {
  const zxcvbn = await estimator();
  const { score, sequence } = zxcvbn.check(
    password.slice(0, ESTIMATED_LENGTH),
    words.map((word) => word.slice(0, 128)),
  );
  const [only] = sequence;
  const whole = sequence.length === 1 && password.length <= ESTIMATED_LENGTH;
  return { score, common: whole && only?.pattern === 'dictionary' && only.dictionaryName === 'passwords' };
}

function estimator(): Promise<ZxcvbnFactory> {
  // A failed import must not stick: the next password would else be refused for ever.
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** One list for each turn of the event loop: requests go on in between. */
async function load(): Promise<ZxcvbnFactory> {
  const { ZxcvbnFactory } = await import('@zxcvbn-ts/core');
  const graphs = await import('@zxcvbn-ts/language-common/dist/adjacencyGraphs.json.cjs');
  const passwords = await import('@zxcvbn-ts/language-common/dist/passwords.json.cjs');
  await nextTurn();
  const commonWords = await import('@zxcvbn-ts/language-en/dist/commonWords.json.cjs');
  await nextTurn();
  const firstNames = await import('@zxcvbn-ts/language-en/dist/firstnames.json.cjs');
  await nextTurn();
  return new ZxcvbnFactory({
    dictionary: { passwords: passwords.default, commonWords: commonWords.default, firstnames: firstNames.default },
    graphs: graphs.default,
    l33tMaxSubstitutions: LEET_VARIANTS,
    maxLength: ESTIMATED_LENGTH,
  });
}
