import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GenerateKey, KeyDirectory, SIGNING_ALGORITHMS } from '@identity/jwks';
import { createVerifier, type Verifier } from '@nx-seller/identity-client';
import { systemClock } from '@platform/kernel';
import { PatientClient } from '../support/patient-client.js';
import { startService, type TestService } from '../support/start-service.js';
import { Forger, mirror, readKeys } from './support/forger.js';
import { ATTACKS } from './support/jws-attacks.js';
import { expectProblem } from './support/problems.js';

const folder = mkdtempSync(join(tmpdir(), 'nx-attacks-'));

let service: TestService;
let forger: Forger;
let verifier: Verifier;

beforeAll(async () => {
  // One key of each algorithm: the first signs, the others are published and verify.
  const [keys, others] = [join(folder, 'keys'), join(folder, 'foreign')];
  for (const alg of SIGNING_ALGORITHMS) await new GenerateKey(new KeyDirectory(keys), systemClock).execute({ alg });
  await new GenerateKey(new KeyDirectory(others), systemClock).execute({});
  service = await startService({ env: { JWKS_DIR: keys } });
  service.client = new PatientClient(service.origin);
  const { accessToken } = await service.client.signUp();
  forger = new Forger(readKeys(keys), readKeys(others)['ES256']!, accessToken, service.origin);
  verifier = createVerifier({
    issuer: service.env.JWT_ISSUER ?? '',
    audience: 'nx-seller',
    jwksUri: `${service.origin}/jw-certs`,
  });
  await verifier.ready();
});
afterAll(async () => {
  await verifier.close();
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (token: string) => service.client.get('/auth/who-am-i', token);

it('tokens that a test signs itself are good, by each key: what follows fails for its own faults', async () => {
  for (const token of [forger.token, ...SIGNING_ALGORITHMS.map((alg) => forger.forge({}, {}, forger.keys[alg]))]) {
    expect((await ask(token)).status).toBe(200);
    await expect(verifier.verify(token)).resolves.toMatchObject({ sessionId: forger.claims['sid'] });
  }
});

it('the other s of an ECDSA signature is as good, and leads to the same session: nothing is known by its text alone', async () => {
  const person = await service.client.signUp();
  const mirrored = mirror(person.accessToken);
  expect(mirrored).not.toBe(person.accessToken);
  expect(await ask(mirrored)).toMatchObject({ status: 200, body: { sessionId: person.sessionId } });
  await service.client.post('/auth/sign-out-all', undefined, person.accessToken);
  for (const token of [person.accessToken, mirrored]) expect((await ask(token)).status).toBe(401);
});

describe('the service', () => {
  it.each(ATTACKS)('refuses tokens $name', async ({ tokens }) => {
    expect((await ask(forger.forge())).status).toBe(200);
    const forged = await tokens(forger);
    expect(forged.length).toBeGreaterThan(0);
    for (const token of forged) {
      const answer = await ask(token);
      expectProblem(answer, { status: 401, code: 'auth.invalid-token' });
      expect(answer.body.detail).toMatch(/^(The access token is not valid|This needs an access token)\.$/);
    }
    expect((await ask(forger.forge())).status).toBe(200);
  });
});

describe('identity-client', () => {
  it.each(ATTACKS)('refuses tokens $name', async ({ tokens, codes }) => {
    await verifier.verify(forger.forge());
    for (const token of await tokens(forger)) {
      const refused = await verifier.verify(token).catch((error: unknown) => error);
      expect(refused, token).toMatchObject({ name: 'TokenInvalidError' });
      expect(codes, token).toContain((refused as { code: string }).code);
      // A log may hold the message, so it must not hold what makes a token of it.
      expect((refused as Error).message).not.toMatch(/[A-Za-z0-9_-]{20}/);
    }
    await verifier.verify(forger.forge());
  });

  it.each([' ', '\n', '\r\n', '\t', '\0', '\u00a0', '\ufeff'])('refuses a token with %j around it', async (space) => {
    for (const token of [`${forger.token}${space}`, `${space}${forger.token}`])
      await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'malformed' });
  });

  it.each([undefined, null, 1, {}, ['x.y.z']])('refuses %j, which is no text', async (value) => {
    await expect(verifier.verify(value as never)).rejects.toMatchObject({ code: 'malformed' });
  });
});
