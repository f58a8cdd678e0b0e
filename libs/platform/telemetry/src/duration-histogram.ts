/** The observations of one combination of label values. */
interface Series {
  values: string[];
  /** How many fell into each bucket, by the position of its bound; the last is for what is above all. */
  counts: number[];
  sum: number;
}

/** Label values one after the other, down to the series: nothing has to be put together to find it. */
type Branch = Map<string, Branch | Series>;

/**
 * A histogram for what is measured many thousand times a second, in the shape of a metric of prom-client, whose own finds
 * a series by a text that it makes for each observation, and a bucket by a number as a name (measured: a tenth of a
 * small answer). Made by `durations`.
 */
export class DurationHistogram {
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  private readonly series: Series[] = [];
  private readonly root: Branch = new Map();

  /** @param bounds upper ones of the buckets in seconds, ascending */
  constructor(
    readonly name: string,
    readonly help: string,
    private readonly labelNames: string[],
    private readonly bounds: number[],
  ) {}

  /** @param values of the labels, in the order of their names: few in all, since each combination is kept for ever */
  observe(seconds: number, ...values: string[]): void {
    const series = this.find(values);
    let bucket = 0;
    while (seconds > (this.bounds[bucket] ?? Infinity)) bucket += 1;
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += seconds;
  }

  /** Has a series be told before its first observation: a rate that jumps from nothing to 1 is not seen. */
  zero(...values: string[]): void {
    this.find(values);
  }

  /** For prom-client's registry. */
  get() {
    const { name, help, type, aggregator } = this;
    return Promise.resolve({ name, help, type, aggregator, values: this.series.flatMap((each) => this.lines(each)) });
  }

  private lines({ values, counts, sum }: Series) {
    const labels: Record<string, string> = Object.fromEntries(
      this.labelNames.map((name, at) => [name, values[at] ?? '']),
    );
    let total = 0;
    const buckets = [...this.bounds, '+Inf'].map((le, at) => {
      total += counts[at] ?? 0;
      return { metricName: `${this.name}_bucket`, labels: { le, ...labels }, value: total };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: total },
    ];
  }

  private find(values: string[]): Series {
    let found: Branch | Series | undefined = this.root;
    for (const value of values) found = found instanceof Map ? found.get(value) : undefined;
    return found && !(found instanceof Map) ? found : this.add(values);
  }

  private add(values: string[]): Series {
    const added = { values, counts: Array.from({ length: this.bounds.length + 1 }, () => 0), sum: 0 };
    let branch = this.root;
    for (const value of values.slice(0, -1)) {
      const next = branch.get(value);
      const child: Branch = next instanceof Map ? next : new Map();
      branch.set(value, child);
      branch = child;
    }
    branch.set(values.at(-1) ?? '', added);
    this.series.push(added);
    return added;
  }
}
