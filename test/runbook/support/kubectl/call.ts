import { NAMESPACE } from '../chart.js';

/** Flags of each verb that the page may use, those with a value ending in `=`. */
const FLAGS: Record<string, string[]> = {
  get: ['-l=', '-o=', '--sort-by='],
  logs: ['--all-pods', '--since=', '--tail=', '--previous'],
  exec: ['-i'],
  rollout: ['--timeout='],
  scale: ['--replicas='],
  delete: [],
  patch: ['--type=', '--patch-file=', '-p='],
  replace: ['-f='],
  create: ['-f=', '--from-file='],
  'port-forward': [],
};

/** Arguments of `kubectl`, taken apart. */
export interface Parsed {
  verb: string;
  words: string[];
  /** Values by name, without dashes. */
  flags: Record<string, string[]>;
  /** Behind `--`. */
  rest: string[];
}

/** @throws Error on what the stand-in does not know, so that nothing of the page is passed over */
export function parseCall(args: string[]): Parsed {
  const end = args.indexOf('--');
  const [own, rest] = end < 0 ? [args, []] : [args.slice(0, end), args.slice(end + 1)];
  const [namespaceFlag, namespace, verb = '', ...others] = own;
  if (namespaceFlag !== '-n' || namespace !== NAMESPACE) throw new Error(`wants -n ${NAMESPACE} first`);
  const known = FLAGS[verb];
  if (!known) throw new Error(`the stand-in knows no ${verb}`);
  const parsed: Parsed = { verb, words: [], flags: {}, rest };
  while (others.length > 0) {
    const word = others.shift()!;
    if (/^-./.test(word)) takeFlag(word, others, known, parsed.flags);
    else parsed.words.push(word);
  }
  return parsed;
}

function takeFlag(word: string, others: string[], known: string[], flags: Parsed['flags']): void {
  const at = word.indexOf('=');
  const flag = at < 0 ? word : word.slice(0, at);
  const takesValue = known.includes(`${flag}=`);
  if (!takesValue && !known.includes(flag)) throw new Error(`the stand-in knows no ${flag} here`);
  const value = at < 0 ? takesValue && others.shift() : word.slice(at + 1);
  (flags[flag.replace(/^-+/, '')] ??= []).push(value || '');
}
