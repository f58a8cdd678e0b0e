import { sign } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import type { AccessTokenSubject } from '../application/access-token.js';
import { KeyRingHolder } from '../application/key-ring-holder.js';
import { TokenSigner } from '../application/token-signer.js';
import { TokenVerifier } from '../application/token-verifier.js';
import type { SigningKey } from '../domain/signing-key.js';
import { ringOf, testClock, TTL_SECONDS } from './keys.js';

export const settings = { issuer: 'https://identity.test', audience: 'sellers', ttlSeconds: TTL_SECONDS };

export const subject: AccessTokenSubject = {
  sub: '7260000000000000001',
  sid: '7260000000000000002',
  auth_time: 1_795_000_000,
  amr: ['pwd'],
  roles: [{ id: '1', identifier: 'seller', priority: 10 }],
};

/** A signer and a verifier over one ring and one clock. */
export function tokensWith(...keys: SigningKey[]) {
  const clock = testClock();
  const holder = new KeyRingHolder(ringOf(...keys));
  const jwt = new JwtService({});
  const signer = new TokenSigner(holder, jwt, clock, settings);
  return { clock, holder, signer, verifier: new TokenVerifier(holder, jwt, clock, settings) };
}

export const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

export const decode = (part: string | undefined) =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Record<string, unknown>;

/** A token of ES256 with any header and payload (objects, or JSON text as it is), signed by hand and not by our code. */
export function forge(key: SigningKey, header: unknown, payload: unknown): string {
  const input = `${encode(header)}.${encode(payload)}`;
  const signature = sign('sha256', Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}
