import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { ROOT } from './root.ts';

use([LineChart, GridComponent, LegendComponent, MarkLineComponent, TitleComponent, SVGRenderer]);

/** One line of a plot. */
export interface Curve {
  plot: keyof typeof PLOTS;
  name: string;
  points: [x: number, y: number][];
  /** Of two lines about the same thing, the one that is less of a matter: thin and dashed, in the colour of the other. */
  isSecond?: boolean;
}

/** What is drawn, and how it is read. */
const PLOTS = {
  'cost-by-size': {
    title: 'What one costs, by how many there are',
    x: { name: 'people with a session each, or policy definitions (log)', type: 'log', min: 1000 },
    y: { name: 'time of one, as a multiple of that at the smallest size', type: 'value', min: 0 },
    limit: 1.2,
  },
  latency: {
    title: 'How long an answer takes, by how much is asked for',
    x: { name: 'requests offered, % of what is answered at most', type: 'value', interval: 25 },
    y: { name: 'milliseconds (log)', type: 'log' },
    limit: undefined,
  },
} as const;

const [WIDTH, HEIGHT, LEGEND_LINE] = [860, 420, 22];
/** Each for a light and for a dark page. */
const COLOURS = {
  paper: ['#ffffff', '#0d1117'],
  ink: ['#1f2328', '#e6edf3'],
  faint: ['#d0d7de', '#30363d'],
  limit: ['#cf222e', '#ff7b72'],
  first: ['#0969da', '#58a6ff'],
  second: ['#1a7f37', '#3fb950'],
  third: ['#9a6700', '#d29922'],
  fourth: ['#8250df', '#bc8cff'],
} as const;
const [INK] = COLOURS.ink;
const LINES = [COLOURS.first, COLOURS.second, COLOURS.third, COLOURS.fourth].map(([light]) => light);

/** What is drawn of the curves that belong to a plot, in their order; a second line has the colour of the one before it. */
export function plotOption(plot: Curve['plot'], curves: Curve[]) {
  const { title, x, y, limit } = PLOTS[plot];
  const axis = {
    nameLocation: 'middle' as const,
    nameGap: 40,
    nameTextStyle: { color: INK, fontSize: 13 },
    axisLabel: { color: INK, formatter: (value: number) => value.toLocaleString('en') },
    axisLine: { show: true, lineStyle: { color: INK } },
    splitLine: { lineStyle: { color: COLOURS.faint[0] } },
  };
  let colour = -1;
  const series = curves.map(({ name, points, isSecond = false }, at) => {
    if (!isSecond) colour += 1;
    const line = LINES[colour % LINES.length];
    return {
      type: 'line' as const,
      name,
      silent: true,
      emphasis: { disabled: true },
      data: points,
      color: line,
      symbol: isSecond ? 'triangle' : 'circle',
      symbolSize: 7,
      lineStyle: { color: line, width: 2, type: isSecond ? ('dashed' as const) : ('solid' as const) },
      ...(at === 0 && limit !== undefined && { markLine: limitLine(limit) }),
    };
  });
  return {
    animation: false,
    backgroundColor: COLOURS.paper[0],
    textStyle: { fontFamily: 'sans-serif' },
    title: { text: title, left: 'center', top: 12, textStyle: { color: INK, fontSize: 16 } },
    grid: { left: 96, right: 40, top: 56, height: HEIGHT - 130 },
    legend: {
      orient: 'vertical' as const,
      selectedMode: false,
      left: 96,
      top: HEIGHT,
      itemWidth: 36,
      textStyle: { color: INK, fontSize: 13 },
      data: curves.map(({ name }) => name),
    },
    xAxis: { ...axis, ...x },
    yAxis: { ...axis, nameGap: 60, ...y },
    series,
  };
}

/** @returns an SVG that has its own paper, dark where the reader's is; the same bytes for the same curves */
export function drawPlot(plot: Curve['plot'], curves: Curve[]): string {
  const height = HEIGHT + LEGEND_LINE * curves.length + 16;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    chart.setOption(plotOption(plot, curves));
    // An image is not pointed at; and the classes for that are numbered on from one chart to the next.
    const svg = chart
      .renderToSVGString()
      .replaceAll(/<style ?>.*?<\/style>\s*/gs, '')
      .replaceAll(/ class="[^"]*"/g, '')
      .replaceAll(/\bzr\d+-/g, `${plot}-`);
    return `${svg.replace('>', `><style>${darkStyle()}</style>`)}\n`;
  } finally {
    chart.dispose();
  }
}

/** Writes docs/plots. @returns the Markdown that shows them in docs/performance.md */
export function writePlots(curves: Curve[]): string {
  const folder = join(ROOT, 'docs/plots');
  mkdirSync(folder, { recursive: true });
  const plots = Object.keys(PLOTS) as Curve['plot'][];
  const drawn = plots.map((plot) => {
    const file = `${plot}.svg`;
    const own = curves.filter((curve) => curve.plot === plot);
    writeFileSync(join(folder, file), drawPlot(plot, own));
    return `![${PLOTS[plot].title}](plots/${file})`;
  });
  return drawn.join('\n\n');
}

function limitLine(limit: number) {
  const [colour] = COLOURS.limit;
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: colour, type: 'dotted' as const, width: 2 },
    label: { formatter: `limit ${limit} (people)`, position: 'insideEndTop' as const, color: colour },
    data: [{ yAxis: limit }],
  };
}

function darkStyle(): string {
  const rules = Object.values(COLOURS).flatMap(([light, dark]) =>
    ['fill', 'stroke'].map((property) => `[${property}="${light}"]{${property}:${dark}}`),
  );
  return `@media (prefers-color-scheme:dark){${rules.join('')}}`;
}
