import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVerifier, type Verifier } from '@nx-seller/identity-client';
import { systemClock } from '@platform/kernel';
import { startService, type TestService } from '../support/start-service.js';

let time: Date | undefined;
const clock = { ...systemClock, now: () => time ?? systemClock.now() };

let service: TestService;
let verifier: Verifier;
let token: string;
let issuedAt: number;
let expiresAt: number;

beforeAll(async () => {
  service = await startService({ clock });
  ({ accessToken: token } = await service.client.signUp());
  const jwksUri = `${service.origin}/jw-certs`;
  verifier = createVerifier({ issuer: service.env.JWT_ISSUER ?? '', audience: 'nx-seller', jwksUri, clock });
  const { claims } = await verifier.verify(token);
  [issuedAt, expiresAt] = [claims.nbf, claims.exp];
});
afterAll(async () => {
  await verifier.close();
  await service.stop();
});

/** Sets every clock of this test but PostgreSQL's. */
const at = (second: number) => {
  time = new Date(second * 1000);
};
const atService = async () => (await service.client.get('/auth/who-am-i', token)).status;
const atKit = () =>
  verifier.verify(token).then(
    () => 'ok',
    ({ code }: { code: string }) => code,
  );
const atJose = (clockTolerance?: number) => {
  const keys = createRemoteJWKSet(new URL(`${service.origin}/jw-certs`));
  return jwtVerify(token, keys, {
    currentDate: clock.now(),
    ...(clockTolerance !== undefined && { clockTolerance }),
  }).then(
    () => 'ok',
    ({ code }: { code: string }) => code,
  );
};

describe('a sister whose clock is behind', () => {
  it('by a minute takes a token that was issued just now, by 61 s it does not [ASVS 9.2.1]', async () => {
    at(issuedAt - 60);
    expect(await atKit()).toBe('ok');
    at(issuedAt - 61);
    expect(await atKit()).toBe('not-yet-valid');
  });

  it('by a second refuses it with jose, unless that is told to allow a minute', async () => {
    at(issuedAt - 1);
    expect(await atJose()).toBe('ERR_JWT_CLAIM_VALIDATION_FAILED');
    at(issuedAt - 60);
    expect([await atJose(60)]).toEqual(['ok']);
    at(issuedAt - 61);
    expect(await atJose(60)).toBe('ERR_JWT_CLAIM_VALIDATION_FAILED');
  });
});

describe('a sister whose clock is ahead', () => {
  it('takes a token for less than a minute after its end [ASVS 9.2.1]', async () => {
    at(expiresAt + 59);
    expect(await atKit()).toBe('ok');
    at(expiresAt + 60);
    expect(await atKit()).toBe('expired');
  });

  it('takes it until its end with jose, or as much longer as that allows', async () => {
    at(expiresAt);
    expect(await atJose()).toBe('ERR_JWT_EXPIRED');
    at(expiresAt + 59);
    expect(await atJose(60)).toBe('ok');
    at(expiresAt + 60);
    expect(await atJose(60)).toBe('ERR_JWT_EXPIRED');
  });
});

describe('a replica of the service', () => {
  it('allows its own tokens five seconds at either end [ASVS 9.2.1]', async () => {
    const statuses = [];
    for (const second of [issuedAt - 6, issuedAt - 5, issuedAt, expiresAt + 4, expiresAt + 5]) {
      at(second);
      statuses.push(await atService());
    }
    expect(statuses).toEqual([401, 200, 200, 200, 401]);
  });
});
