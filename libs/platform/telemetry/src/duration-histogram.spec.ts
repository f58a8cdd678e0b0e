import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { DurationHistogram } from './duration-histogram.js';

const BOUNDS = [0.001, 0.01, 0.1, 1];
const LABELS = ['method', 'route'];

function both() {
  const [ours, theirs] = [new Registry(), new Registry()];
  const durations = new DurationHistogram('answers', 'How long.', LABELS, BOUNDS);
  ours.registerMetric(durations as unknown as Histogram);
  const histogram = new Histogram({
    name: 'answers',
    help: 'How long.',
    labelNames: LABELS,
    buckets: BOUNDS,
    registers: [theirs],
  });
  return { durations, histogram, ours, theirs };
}

describe('durations', () => {
  it('are told as by prom-client’s own histogram, whatever was observed', async () => {
    const observation = fc.record({
      // Powers of two, whose sums are exact in any order; the bounds themselves belong to their buckets.
      seconds: fc.oneof(fc.constantFrom(...BOUNDS), fc.constantFrom(0, 2 ** -12, 0.25, 64)),
      method: fc.constantFrom('GET', 'POST', ''),
      route: fc.constantFrom('/a', '/b"\\\n', ''),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(observation, { maxLength: 50 }), async (observations) => {
        const { durations, histogram, ours, theirs } = both();
        durations.zero('GET', '/first');
        histogram.zero({ method: 'GET', route: '/first' });
        for (const { seconds, method, route } of observations) {
          durations.observe(seconds, method, route);
          histogram.observe({ method, route }, seconds);
        }
        expect(await ours.metrics()).toBe(await theirs.metrics());
      }),
    );
  });

  it('that begin at zero a second time keep what was observed', async () => {
    const { durations, ours } = both();
    durations.observe(0.5, 'GET', '/a');
    durations.zero('GET', '/a');
    expect(await ours.metrics()).toContain('answers_count{method="GET",route="/a"} 1');
  });
});
