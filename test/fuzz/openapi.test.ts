import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../support/client.js';
import { runIdentity } from '../support/run-identity.js';
import type { LogLine } from '../support/spawn-service.js';
import { type BuiltService, startBuiltService } from '../support/start-built-service.js';
import { schemathesis } from './support/schemathesis.js';

/** Of one role, so that a run that could not sign in or whose document is empty does not pass. */
const LEAST_CASES = 2000;
const QUICKLY = ['--phases', 'coverage', '--max-failures', '1', '--no-shrink'];

let service: BuiltService;
let base: string;

beforeAll(async () => {
  // A hop: each request with a secret says that it is from elsewhere, else the count of wrong ones would end the run.
  service = await startBuiltService({
    LOG_LEVEL: 'info',
    TRUSTED_PROXY_HOPS: '1',
    SIGN_IN_MAX_FAILURES: '1000',
    OTP_DAILY_QUOTA: '10000',
    SMS_GUARD_MODE: 'record',
  });
  const order = ['admin', 'create', '--value', 'fuzz.administrator', '--password-stdin'];
  const { code, err } = await runIdentity(service.env, order, PASSWORD);
  if (code !== 0) throw new Error(err);
  base = `${service.origin}/v1/api/identity`;
});

afterAll(async () => {
  await service.stop();
});

const fuzz = (document: string, role: 'plain' | 'mighty', ...args: string[]) =>
  schemathesis(document, { FUZZ_BASE: base, FUZZ_ROLE: role, FUZZ_PASSWORD: PASSWORD }, ...args);

describe('requests made of the document, valid and invalid', () => {
  it.each([
    ['who may do nothing', 'plain', '5'], // most of it ends at the door
    ['who may do everything', 'mighty', '20'],
  ] as const)('find no fault in any answer to somebody %s', async (_who, role, examples) => {
    const { code, cases, output } = await fuzz(`${base}/doc/openapi.json`, role, '--max-examples', examples);
    expect(code, output).toBe(0);
    expect(cases).toBeGreaterThan(LEAST_CASES);
  });

  // The others want a secret or an id that only a person has; test/contract/conformance.test.ts reaches all.
  it('reach what operations do, not their validation alone: most succeed', () => {
    const requests = service.lines().filter(({ msg, route }) => msg === 'request' && route !== 'unmatched');
    const routesOf = (lines: LogLine[]) =>
      new Set(lines.map(({ method, route }) => `${String(method)} ${String(route)}`)).size;
    const all = routesOf(requests);
    expect(all).toBeGreaterThan(55);
    expect(routesOf(requests.filter(({ status }) => Number(status) < 300))).toBeGreaterThan(all * 0.75);
  });

  it('leave no line in the log that is an error', () => {
    const faults = service.lines().filter(({ level }) => level === 'error' || level === 'fatal');
    expect(faults).toEqual([]);
  });
});

describe('the tool', () => {
  it.each([
    ['an answer of another shape', 'isAlive', '"Liveness":{"type":"object"', '"Liveness":{"type":"array"'],
    ['a status that is not documented', 'readMe', '"401":', '"418":'],
    ['a field without its limit', 'searchUsers', '"maximum":100', '"maximum":1000'],
  ])('sees %s', async (_what, operation, said, planted) => {
    const text = await (await fetch(`${base}/doc/openapi.json`)).text();
    expect(text).toContain(said);
    const file = join(service.folder, 'planted.json');
    writeFileSync(file, text.replaceAll(said, planted));
    const args = ['--url', service.origin, '--include-operation-id', operation, ...QUICKLY];
    expect((await fuzz(file, 'mighty', ...args)).code).toBe(1);
  });
});
