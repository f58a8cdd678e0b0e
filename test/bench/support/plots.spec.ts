import { describe, expect, it } from 'vitest';
import { type Curve, drawPlot, plotOption } from './plots.ts';

const LATENCY: Curve[] = [
  {
    plot: 'latency',
    name: 'certs, p50',
    points: [
      [10, 0.5],
      [90, 2],
    ],
  },
  {
    plot: 'latency',
    name: 'certs, p99',
    points: [
      [10, 1],
      [90, 30],
    ],
    isSecond: true,
  },
  {
    plot: 'latency',
    name: 'refresh, p50',
    points: [
      [10, 1],
      [90, 9],
    ],
  },
];
const COST: Curve[] = [
  {
    plot: 'cost-by-size',
    name: 'sign-in',
    points: [
      [10_000, 1],
      [100_000, 1.01],
      [1_000_000, 1.02],
    ],
  },
  {
    plot: 'cost-by-size',
    name: 'look-up',
    points: [
      [10_000, 1],
      [100_000, 1.1],
      [1_000_000, 1.15],
    ],
  },
];

describe('a plot', () => {
  it('has a line for each curve, in order and with its points', () => {
    const { series, legend } = plotOption('latency', LATENCY);
    expect(series.map(({ name, data }) => ({ name, points: data }))).toEqual(
      LATENCY.map(({ name, points }) => ({ name, points })),
    );
    expect(legend.data).toEqual(series.map(({ name }) => name));
  });

  it('draws the second line of a pair dashed in the colour of the first, and what comes next in another', () => {
    const [first, second, next] = plotOption('latency', LATENCY).series.map(({ color, lineStyle }) => ({
      color,
      type: lineStyle.type,
    }));
    expect([first?.type, second?.type, next?.type]).toEqual(['solid', 'dashed', 'solid']);
    expect(second?.color).toBe(first?.color);
    expect(next?.color).not.toBe(first?.color);
  });

  it('tells its limit once, and none where there is none', () => {
    const limits = plotOption('cost-by-size', COST).series.map((one) => one.markLine?.data);
    expect(limits).toEqual([[{ yAxis: 1.2 }], undefined]);
    expect(plotOption('latency', LATENCY).series.some((one) => 'markLine' in one)).toBe(false);
  });

  it('names both axes with the unit', () => {
    const { xAxis, yAxis } = plotOption('latency', LATENCY);
    expect([xAxis.name, yAxis.name]).toEqual([expect.stringContaining('%'), expect.stringContaining('milliseconds')]);
  });

  it('is the same bytes whenever it is drawn', () => {
    const once = drawPlot('cost-by-size', COST);
    drawPlot('latency', LATENCY);
    expect(drawPlot('cost-by-size', COST)).toBe(once);
  });

  it('says in words what it shows, with no colour that a dark page does not change', () => {
    const svg = drawPlot('latency', LATENCY);
    for (const { name } of LATENCY) expect(svg).toContain(name);
    // Black fills what has no area, lines of the legend and paths that clip; other borders are no pixel wide.
    const used = svg.replaceAll(/stroke="#\w+" stroke-width="0"/g, '').match(/(?:fill|stroke)="#(?!000")\w+"/g);
    const changed = /prefers-color-scheme:dark\)\{(.*?)<\/style>/s.exec(svg)?.[1];
    expect(new Set(used).size).toBeGreaterThan(4);
    for (const colour of new Set(used)) expect(changed).toContain(`[${colour}]`);
  });
});
