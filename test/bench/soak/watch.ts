import { setTimeout as delay } from 'node:timers/promises';
import { callsOf } from '../children/mixed/caller.ts';
import type { MixedLoad } from './mixed-load.ts';
import type { Sample, Sampler } from './sample.ts';
import { round3 } from '../support/rounds.ts';

const LINE_SECONDS = 30;

/**
 * Takes a sample each few seconds for so long, and tells now and then how far it is.
 * @param seconds of the whole, and from one sample to the next
 */
export async function watch(
  sampler: Sampler,
  { processes }: MixedLoad,
  seconds: { whole: number; each: number },
): Promise<Sample[]> {
  const began = performance.now();
  const samples: Sample[] = [];
  let toldAt = 0;
  for (let due = seconds.each; due <= seconds.whole; due += seconds.each) {
    await delay(Math.max(0, began + due * 1000 - performance.now()));
    const sample = await sampler.take((performance.now() - began) / 60_000);
    samples.push(sample);
    if (due - toldAt < LINE_SECONDS && due + seconds.each <= seconds.whole) continue;
    toldAt = due;
    console.log(
      `  ${line(
        sample,
        processes.map(({ name }) => name),
      )}`,
    );
  }
  return samples;
}

function line({ minute, processes, traffic, queued }: Sample, names: string[]): string {
  const memory = names.map((name) => {
    const { residentMib = NaN, heapMib = NaN } = processes[name] ?? {};
    return `${name} ${round3(residentMib)} MiB, of it heap ${round3(heapMib)}`;
  });
  const { unexpected, unavailable, examples } = traffic;
  const wrong = examples.length > 0 ? `, ${unavailable} of 503, ${unexpected} unexpected (${examples[0]})` : '';
  return `${minute.toFixed(1)} min: ${memory.join('; ')}; ${callsOf(traffic.routes)} calls since the sample before, ${queued} messages wait${wrong}`;
}
