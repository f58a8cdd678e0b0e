import { collectDefaultMetrics, Counter, Gauge, Histogram, register } from 'prom-client';
import { DurationHistogram } from './duration-histogram.js';

export const METRICS_CONTENT_TYPE = register.contentType;
const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** Gauges that are named like counters, which `promtool check metrics` refuses; the same by type go by other names. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];
let defaults = false;

/** Everything measured, in Prometheus' text format. Node's own metrics are collected from the first call on. */
export async function renderMetrics(): Promise<string> {
  if (!defaults) {
    collectDefaultMetrics();
    for (const name of MISNAMED) register.removeSingleMetric(name);
    defaults = true;
  }
  return await register.metrics();
}

/** A counter; asked for twice it is the same one, so that tests can build two apps in one process. */
export function counter<Label extends string>(name: string, help: string, labelNames: Label[] = []): Counter<Label> {
  return existing<Counter<Label>>(name) ?? new Counter({ name, help, labelNames });
}

/** A gauge, read by `collect` at each scrape; asked for again, the newest `collect` counts. */
export function gauge<Label extends string>(
  name: string,
  help: string,
  labelNames: Label[],
  collect: (gauge: Gauge<Label>) => void | Promise<void>,
): Gauge<Label> {
  register.removeSingleMetric(name);
  return new Gauge<Label>({
    name,
    help,
    labelNames,
    async collect() {
      await collect(this);
    },
  });
}

/** A histogram of seconds. */
export function histogram<Label extends string>(
  name: string,
  help: string,
  labelNames: Label[] = [],
  buckets: number[] = SECONDS_BUCKETS,
): Histogram<Label> {
  return existing<Histogram<Label>>(name) ?? new Histogram({ name, help, labelNames, buckets });
}

/** The same for what is measured at each request: its label values are given by their order. At least one label. */
export function durations(
  name: string,
  help: string,
  labelNames: string[],
  buckets: number[] = SECONDS_BUCKETS,
): DurationHistogram {
  const known = existing<DurationHistogram>(name);
  if (known) return known;
  const made = new DurationHistogram(name, help, labelNames, buckets);
  // The registry asks nothing of a metric but its name and `get`; its type names prom-client's own four classes.
  register.registerMetric(made as unknown as Histogram);
  return made;
}

function existing<Metric>(name: string): Metric | undefined {
  return register.getSingleMetric(name) as Metric | undefined;
}
