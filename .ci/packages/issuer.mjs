// An issuer for the check of the packages: publishes one key, and prints where, and a token of that key, as JSON.
import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';

const kid = 'the-only-key';
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keys = [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' }];
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' });
  response.end(JSON.stringify({ keys }));
});
server.listen(0, '127.0.0.1', () => {
  const origin = `http://127.0.0.1:${server.address().port}`;
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: origin, sub: '7', aud: 'orders', iat, nbf: iat, exp: iat + 900, jti: 'a', sid: '8', roles: [] };
  const input = `${encode({ alg: 'ES256', typ: 'at+jwt', kid })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  console.log(JSON.stringify({ origin, token: `${input}.${signature.toString('base64url')}` }));
});
