import { expect, it } from 'vitest';
import { DomainError } from '@platform/kernel';
import { renderMetrics } from '@platform/telemetry';
import { CountSignIns } from './count-sign-ins.js';

it.each([
  ['auth.invalid-credentials', 'credentials'],
  ['otp.invalid-code', 'credentials'],
  ['auth.throttled', 'throttled'],
  ['otp.locked', 'throttled'],
  ['auth.busy', 'busy'],
  ['database.unavailable', 'error'],
])('counts %s as %s, by which the runbook says whose fault it is', async (code, reason) => {
  const refusal = new DomainError({ code, kind: 'invalid', message: 'No.' });
  const counts = new CountSignIns();
  const before = await counted();
  await expect(counts.count('phone', () => Promise.reject(refusal))).rejects.toBe(refusal);
  const changed = (await counted()).filter((line) => !before.includes(line));
  expect(changed).toEqual([
    expect.stringContaining(`identity_sign_ins_total{scheme="phone",outcome="failure",reason="${reason}"}`),
  ]);
});

async function counted(): Promise<string[]> {
  return (await renderMetrics()).split('\n').filter((line) => line.startsWith('identity_sign_ins_total'));
}
