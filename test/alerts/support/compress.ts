/** An hour of the rules lasts a minute here, and a minute a second: the interval of scrapes and evaluations. */
const FACTOR = 60;
const SECONDS = { d: 86_400, h: 3600, m: 60, s: 1 };

/** `5m`, `23h30m`; not the end of a name such as `increase5m`, and not `5 minutes`. */
const DURATION = /(?<![\w.])(?:\d+[dhms])+(?!\w)/g;

/**
 * A file of rules with every duration sixty times shorter: windows, offsets and `for` alike. Numbers stay, so that a
 * floor of 50 wants 50 within ten seconds.
 */
export function compress(rules: string): string {
  return rules.replace(DURATION, (duration) => `${(secondsOf(duration) * 1000) / FACTOR}ms`);
}

function secondsOf(duration: string): number {
  let seconds = 0;
  for (const [, count, unit] of duration.matchAll(/(\d+)([dhms])/g))
    seconds += Number(count) * SECONDS[unit as keyof typeof SECONDS];
  return seconds;
}
