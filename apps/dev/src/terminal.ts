/** One line for the person at the terminal. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Does a step and tells how long it took. */
export async function step<T>(title: string, work: () => Promise<T> | T): Promise<T> {
  const started = performance.now();
  const result = await work();
  say(`- ${title} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  return result;
}
