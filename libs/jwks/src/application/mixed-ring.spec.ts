import { describe, expect, it } from 'vitest';
import { toSigningKey } from '../domain/signing-key.js';
import { ecPem, refusal, rsaPem, seconds, START, TTL_SECONDS } from '../testing/keys.js';
import { decode, forge, subject, tokensWith } from '../testing/tokens.js';

const CHANGE = 600;
const LAST_TOKEN_OVER = CHANGE + TTL_SECONDS;
const pems = { ES256: ecPem(), RS256: rsaPem() };
const keyOf = (alg: 'ES256' | 'RS256', activatesAt: Date) =>
  toSigningKey({ file: `${alg}.pem`, pem: pems[alg], activatesAt, alg });

describe.each([
  ['RS256', 'ES256'],
  ['ES256', 'RS256'],
] as const)('a ring that moves from %s to %s', (from, to) => {
  const before = keyOf(from, START);
  const after = keyOf(to, seconds(CHANGE));

  it('signs with the one and then the other, and verifies tokens of both for as long as they live', () => {
    const { clock, signer, verifier } = tokensWith(before, after);
    const tokens: [alg: unknown, token: string, until: number][] = [];
    for (const at of [0, CHANGE - 1, CHANGE, CHANGE + 1]) {
      clock.set(seconds(at));
      const { token } = signer.sign(subject);
      tokens.push([decode(token.split('.')[0]).alg, token, at + TTL_SECONDS]);
    }
    expect(tokens.map(([alg]) => alg)).toEqual([from, from, to, to]);
    for (const at of [CHANGE + 1, TTL_SECONDS - 1, LAST_TOKEN_OVER - 2, LAST_TOKEN_OVER]) {
      clock.set(seconds(at));
      const accepted = tokens.filter(([, token]) => refusal(() => verifier.verify(token)).code === undefined);
      expect(accepted).toEqual(tokens.filter(([, , until]) => at < until + 5));
    }
  });

  it('never takes the algorithm of the one for the key of the other [ASVS 9.1.2]', () => {
    const { clock, signer, verifier } = tokensWith(before, after);
    const [header = '', payload = ''] = signer.sign(subject).token.split('.');
    const ec = from === 'ES256' ? before : after;
    const rsa = from === 'ES256' ? after : before;
    clock.set(seconds(CHANGE));
    for (const [alg, kid] of [
      ['ES256', rsa.kid],
      ['RS256', ec.kid],
    ]) {
      const forged = forge(ec, { ...decode(header), alg, kid }, decode(payload));
      expect(refusal(() => verifier.verify(forged))).toMatchObject({
        cause: { message: 'alg is not that of the key' },
      });
    }
  });
});
