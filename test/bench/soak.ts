import { parseArgs } from 'node:util';
import { callsOf, type Traffic } from './children/mixed/caller.ts';
import { startMixedLoad } from './soak/mixed-load.ts';
import { writeSoak } from './soak/report.ts';
import { errorLines, openSampler, type Sample } from './soak/sample.ts';
import { judge, LEAST_MINUTES } from './soak/verdict.ts';
import { watch } from './soak/watch.ts';
import { onStage } from './support/on-stage.ts';
import type { Stage } from './support/stage.ts';

const MINUTES = 15;
const SAMPLE_SECONDS = 5;
const APIS = 2;
/** What goes wrong at once goes wrong a thousand times. */
const EXAMPLES = 10;

const { values } = parseArgs({ options: { minutes: { type: 'string' } } });
const minutes = Number(values.minutes ?? MINUTES);
if (!(minutes > 0)) {
  console.error('--minutes: wants a number above 0');
  process.exit(2);
}

await onStage(run);

/** Only a run of the usual length is worth keeping: docs/soak.md is not touched by any other. */
async function run(stage: Stage): Promise<void> {
  await stage.prepare();
  console.log(`Starting ${APIS} APIs and a worker …`);
  const load = await startMixedLoad(stage, APIS);
  const sampler = openSampler(stage, load);
  console.log(`${minutes} minutes of mixed load`);
  const samples = await watch(sampler, load, { whole: minutes * 60, each: SAMPLE_SECONDS });
  const ending = {
    minutes,
    ...sum(samples, await load.stop()),
    errorLines: load.processes.flatMap(errorLines),
    lastingKeys: await sampler.lastingKeys(),
  };
  await sampler.close();
  const findings = judge(samples, ending);
  for (const { what, seen, limit, isMet } of findings)
    console.log(`${isMet ? 'ok ' : 'NOT'} ${what}: ${seen} (${limit})`);
  if (minutes < LEAST_MINUTES)
    console.log(`    Too short to judge how memory grows: that takes ${LEAST_MINUTES} minutes.`);
  for (const example of [...ending.errorLines, ...ending.examples].slice(0, EXAMPLES)) console.log(`    ${example}`);
  if (findings.some(({ isMet }) => !isMet)) process.exitCode = 1;
  if (values.minutes === undefined) await writeSoak(samples, findings, await stage.versions());
}

/** What the whole traffic comes to. */
function sum(samples: Sample[], rest: Traffic) {
  const all = [...samples.map(({ traffic }) => traffic), rest];
  const total = (figure: (one: Traffic) => number) => all.reduce((count, one) => count + figure(one), 0);
  return {
    calls: total(({ routes }) => callsOf(routes)),
    unavailable: total(({ unavailable }) => unavailable),
    unexpected: total(({ unexpected }) => unexpected),
    examples: all.flatMap(({ examples }) => examples),
  };
}
