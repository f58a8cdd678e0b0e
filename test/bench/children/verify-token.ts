import { KeyObject, verify } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { generateKeyPair, exportJWK, SignJWT } from 'jose';
import type * as IdentityClient from '@nx-seller/identity-client';
import { ROOT } from '../support/root.ts';
import { answerParent } from './answer-parent.ts';

type Order = { kind: 'open'; alg: 'ES256' | 'RS256' } | { kind: 'kit' | 'bare'; seconds: number };

const ISSUER = 'http://identity.test';
const AUDIENCE = 'orders';
/** So many between two looks at the clock. */
const BURST = 50;

let kit: () => Promise<void>;
let bare: () => void;

/** One token, verified again and again on one thread: by the kit, and by Node's `verify` alone. */
answerParent(async (order: Order) => {
  if (order.kind === 'open') return await open(order.alg);
  return order.kind === 'kit' ? await perSecond(order.seconds, kit) : await perSecond(order.seconds, bare);
});

async function open(alg: 'ES256' | 'RS256'): Promise<void> {
  const { createVerifier } = (await import(join(ROOT, 'libs/identity-client/dist/index.js'))) as typeof IdentityClient;
  const { publicKey, privateKey } = await generateKeyPair(alg, { modulusLength: 3072 });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k'.repeat(43), alg, use: 'sig' };
  const token = await sign(privateKey, { alg, kid: jwk.kid, typ: 'at+jwt' });
  const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwksUri: await publish({ keys: [jwk] }) });
  await verifier.ready();
  kit = async () => {
    for (let index = 0; index < BURST; index += 1) await verifier.verify(token);
  };
  bare = verifying(token, KeyObject.from(publicKey));
}

/** As the service writes it: every claim of the contract. */
async function sign(
  key: Parameters<SignJWT['sign']>[0],
  header: { alg: string; kid: string; typ: string },
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return await new SignJWT({
    iss: ISSUER,
    sub: '248151234567890944',
    aud: ['nx-seller', AUDIENCE],
    iat: now,
    nbf: now,
    exp: now + 3600,
    jti: 'o1Qm0jC3Tg2m3sZyq0m9Xw',
    sid: '248151234567890945',
    auth_time: now,
    amr: ['pwd'],
    userId: '248151234567890944',
    roles: [{ id: '1', identifier: 'seller', priority: 10 }],
  })
    .setProtectedHeader(header)
    .sign(key);
}

async function publish(set: object): Promise<string> {
  const server = createServer((_request, response) => response.end(JSON.stringify(set))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jw-certs`;
}

/** What cannot be left out: the bytes are at hand, nothing is parsed, nothing is checked but the signature. */
function verifying(token: string, key: KeyObject): () => void {
  const end = token.lastIndexOf('.');
  const [data, signature] = [Buffer.from(token.slice(0, end)), Buffer.from(token.slice(end + 1), 'base64url')];
  const input = { key, dsaEncoding: 'ieee-p1363' as const };
  return () => {
    for (let index = 0; index < BURST; index += 1) {
      if (!verify('sha256', data, input, signature)) throw new Error('a good token was refused');
    }
  };
}

/** A burst of either kind; only the kit's is waited for, since plain `verify` needs no promise. */
async function perSecond(seconds: number, burst: () => unknown): Promise<number> {
  const began = performance.now();
  let count = 0;
  for (; performance.now() - began < seconds * 1000; count += BURST) await burst();
  return (count * 1000) / (performance.now() - began);
}
