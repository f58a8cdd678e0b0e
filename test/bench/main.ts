import { parseArgs } from 'node:util';
import { writeReport } from './support/report.ts';
import type { Plan } from './support/rounds.ts';
import { openStage, type Stage } from './support/stage.ts';
import { type Measurement, printTable } from './support/table.ts';
import { boot } from './rows/boot.ts';
import { jwCerts } from './rows/jw-certs.ts';
import { memory } from './rows/memory.ts';
import { otpRequest } from './rows/otp-request.ts';
import { policyCheck } from './rows/policy-check.ts';
import { refresh } from './rows/refresh.ts';
import { signIn } from './rows/sign-in.ts';
import { stalledProviders } from './rows/stalled-providers.ts';
import { tokenVerification } from './rows/token-verification.ts';
import { workerMail } from './rows/worker-mail.ts';

const ROWS: Record<string, (stage: Stage, plan: Plan) => Promise<Measurement[]>> = {
  'sign-in': signIn,
  refresh,
  'jw-certs': jwCerts,
  'otp-request': otpRequest,
  'policy-check': policyCheck,
  'token-verification': tokenVerification,
  'worker-mail': workerMail,
  'stalled-providers': stalledProviders,
  memory,
  boot,
};
const ROUNDS = 5;
const SECONDS = 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string' }, seconds: { type: 'string' } },
});
const unknown = positionals.filter((name) => !Object.hasOwn(ROWS, name));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. There are: ${Object.keys(ROWS).join(', ')}`);
  process.exit(2);
}

const interrupted = Promise.withResolvers<never>();
interrupted.promise.catch(() => undefined); // it may come after the last row
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupted.reject(new Error(`interrupted by ${signal}`)));
}
const stage = openStage();
try {
  await Promise.race([run(), interrupted.promise]);
} catch (error) {
  process.exitCode = 1;
  console.error(error instanceof Error ? error.message : error);
} finally {
  await stage.close();
}
// A row that was interrupted may still wait for a child that is gone.
process.exit();

/** Only a complete run with the usual rounds is worth keeping: docs/performance.md is not touched by any other. */
async function run(): Promise<void> {
  const plan = { rounds: Number(values.rounds ?? ROUNDS), seconds: Number(values.seconds ?? SECONDS) };
  const measurements: Measurement[] = [];
  await stage.prepare();
  for (const [name, row] of Object.entries(ROWS)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    console.log(`\n${name}`);
    measurements.push(...(await row(stage, plan)));
    await stage.endRow();
  }
  printTable(measurements);
  const isComplete = positionals.length === 0 && values.rounds === undefined && values.seconds === undefined;
  if (isComplete) await writeReport(measurements, plan, await stage.versions());
}
