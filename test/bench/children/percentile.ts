/** @param part 0.99 for the 99th */
export function percentile(figures: number[], part: number): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length * part)] ?? NaN;
}
