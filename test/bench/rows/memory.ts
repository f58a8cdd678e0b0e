import { round3, type Plan } from '../support/rounds.ts';
import type { Stage } from '../support/stage.ts';
import type { Measurement } from '../support/table.ts';
import { startMixedLoad } from '../soak/mixed-load.ts';
import { openSampler } from '../soak/sample.ts';
import { LEAST_MINUTES, MAX_MIB, MAX_SLOPE, memorySlope } from '../soak/verdict.ts';
import { watch } from '../soak/watch.ts';

/** Ten minutes with the usual rounds and seconds; fewer of these make it shorter, which shows that it works and no more. */
const SECONDS_OF_A_TURN = 40;
const SAMPLES = 120;
const LEAST_SAMPLE_SECONDS = 1;
const API = 'API 1';

/** What one API holds in memory under the mixed load of the soak, and whether it still grows. */
export async function memory(stage: Stage, plan: Plan): Promise<Measurement[]> {
  await stage.clearRedis(); // an earlier row's SMS, which nobody has verified, would have the guard refuse these
  const load = await startMixedLoad(stage, 1);
  const sampler = openSampler(stage, load);
  const whole = plan.rounds * plan.seconds * SECONDS_OF_A_TURN;
  const samples = await watch(sampler, load, { whole, each: Math.max(LEAST_SAMPLE_SECONDS, whole / SAMPLES) });
  await load.stop();
  await sampler.close();
  const unexpected = samples.reduce((sum, { traffic }) => sum + traffic.unexpected, 0);
  if (unexpected > 0) console.log(`  ${unexpected} calls were answered otherwise than they should be`);
  const last = samples.slice(-samples.length / 10).map(({ processes }) => processes[API]?.residentMib ?? NaN);
  const what = `memory of the API after ${round3(whole / 60)} minutes of mixed load`;
  return [
    { what, against: 'the limit', figures: last, unit: 'MiB', limit: MAX_MIB, bound: 'at most' },
    {
      what: 'the same, its slope over the last half',
      against: 'the limit: more than the noise of collections',
      figures: [memorySlope(samples, API)],
      unit: 'MiB a minute',
      ...(whole >= LEAST_MINUTES * 60 && { limit: MAX_SLOPE }),
      bound: 'at most',
    },
  ];
}
