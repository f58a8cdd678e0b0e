/** How long everything is measured. */
export interface Plan {
  rounds: number;
  /** Of each side in each round. */
  seconds: number;
}

/**
 * Measures the sides in turns, so that a machine that is slower for a while is slower for all of them; every second
 * round backwards. The first round warms up and is not counted.
 * @returns for each side one figure a round
 */
export async function interleave<Side extends string>(
  { rounds }: Plan,
  sides: Record<Side, () => Promise<number>>,
): Promise<Record<Side, number[]>> {
  const names = Object.keys(sides) as Side[];
  const figures = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Side, number[]>;
  for (let round = 0; round <= rounds; round += 1) {
    const said: string[] = [];
    for (const name of round % 2 ? names : names.toReversed()) {
      const figure = await sides[name]();
      said.push(`${name} ${round3(figure)}`);
      if (round > 0) figures[name].push(figure);
    }
    console.log(`  ${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}: ${said.join(', ')}`);
  }
  return figures;
}

/** One ratio a round. */
export function ratios(ours: number[], against: number[]): number[] {
  return ours.map((figure, round) => figure / (against[round] ?? NaN));
}

export function median(figures: number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** For people: three significant figures, thousands with a comma. */
export function round3(figure: number): string {
  return Number(figure.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 3 });
}
