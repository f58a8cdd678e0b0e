import { readArguments } from './support/arguments.ts';
import { writeReport } from './support/report.ts';
import type { Plan } from './support/rounds.ts';
import { clock, type Row, sum, usage } from './support/rows.ts';
import { onStage } from './support/on-stage.ts';
import type { Stage } from './support/stage.ts';
import { type Measurement, printTable } from './support/table.ts';
import { betterAuth } from './rows/better-auth.ts';
import { boot } from './rows/boot.ts';
import { jwCerts } from './rows/jw-certs.ts';
import { latency } from './rows/latency.ts';
import { memory } from './rows/memory.ts';
import { otpRequest } from './rows/otp-request.ts';
import { policyCheck } from './rows/policy-check.ts';
import { refresh } from './rows/refresh.ts';
import { signIn } from './rows/sign-in.ts';
import { signInStorm } from './rows/sign-in-storm.ts';
import { sizes } from './rows/sizes.ts';
import { stalledProviders } from './rows/stalled-providers.ts';
import { tokenVerification } from './rows/token-verification.ts';
import { workerMail } from './rows/worker-mail.ts';

const ROWS: Record<string, Row> = {
  'sign-in': { what: 'sign-in by password, against argon2 alone', minutes: 5, run: signIn },
  'sign-in-storm': { what: 'what other routes feel of 64 sign-ins in flight', minutes: 2, run: signInStorm },
  refresh: { what: 'refresh, against the one statement it is', minutes: 1, run: refresh },
  'jw-certs': { what: 'the key set, against bare Fastify', minutes: 1.5, run: jwCerts },
  'otp-request': { what: 'codes by e-mail, against Redis alone and better-auth', minutes: 1, run: otpRequest },
  'policy-check': {
    what: 'checks in process and over HTTP, by how many definitions there are',
    minutes: 2,
    run: policyCheck,
  },
  'token-verification': {
    what: 'what a sister pays for a token, against the signature alone',
    minutes: 1,
    run: tokenVerification,
  },
  'worker-mail': { what: "the worker's mails, against nodemailer alone", minutes: 2, run: workerMail },
  sizes: {
    what: 'sign-in, refresh and look-up at 10 thousand, 100 thousand and a million people',
    minutes: 3.5,
    run: sizes,
  },
  latency: { what: 'how long answers take by how much is asked for, for the plot', minutes: 1.5, run: latency },
  'stalled-providers': {
    what: 'the API while mail server and SMS gateway never answer',
    minutes: 1.5,
    run: stalledProviders,
  },
  'better-auth': { what: 'sign-in, session check and keys, against better-auth', minutes: 2, run: betterAuth },
  memory: { what: 'what one API holds under mixed load', minutes: 11, run: memory },
  boot: { what: 'from start to ready, and memory when idle', minutes: 1, run: boot },
};
const USUAL: Plan = { rounds: 5, seconds: 3 };

const asked = readArguments(process.argv.slice(2), Object.keys(ROWS), USUAL);
if ('fault' in asked) {
  console.error(asked.fault);
  process.exit(2);
}
if ('help' in asked) {
  console.log(usage(ROWS, USUAL));
  process.exit();
}
const { names, plan } = asked;

await onStage(run);

/** Only a complete run with the usual rounds is worth keeping: docs/performance.md is not touched by any other. */
async function run(stage: Stage): Promise<void> {
  const rows = Object.entries(ROWS).filter(([name]) => names.length === 0 || names.includes(name));
  const isUsual = plan.rounds === USUAL.rounds && plan.seconds === USUAL.seconds;
  const measurements: Measurement[] = [];
  const began = performance.now();
  const isComplete = isUsual && names.length === 0;
  const of = isComplete ? ` of about ${clock(sum(ROWS) * 60_000)}` : '';
  await stage.prepare();
  for (const [index, [name, row]] of rows.entries()) {
    const at = `${index + 1} of ${rows.length}`;
    console.log(`\n[${at}] ${name}: ${row.what} · ${clock(performance.now() - began)}${of} have passed`);
    measurements.push(...(await row.run(stage, plan)));
    await stage.endRow();
  }
  printTable(measurements);
  console.log(`\n${clock(performance.now() - began)} in all.`);
  if (isComplete) await writeReport(measurements, plan, await stage.versions());
}
