/** As far as Casbin follows roles. */
export const MAX_DEPTH = 10;

/**
 * Everything that `start` leads to, itself included; each is visited once, so that cycles do no harm.
 * @param maxDepth how many steps away at most
 */
export function reach(
  start: string,
  next: (name: string) => readonly string[],
  maxDepth: number = Number.POSITIVE_INFINITY,
): Set<string> {
  const reached = new Set([start]);
  let layer = [start];
  for (let depth = 0; depth < maxDepth && layer.length > 0; depth += 1) {
    const found = layer.flatMap(next).filter((name) => !reached.has(name));
    for (const name of found) reached.add(name);
    layer = [...new Set(found)];
  }
  return reached;
}
