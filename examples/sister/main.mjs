// A sister service in one file: what it asks of the identity service, and nothing else.
import { createServer } from 'node:http';
import {
  createPolicyClient,
  createVerifier,
  IdentityClientError,
  RequestRefusedError,
  TokenInvalidError,
} from '@nx-seller/identity-client';

const env = (name) => process.env[name] ?? fail(`${name} is missing`);
const account = { baseUrl: env('IDENTITY_API'), name: env('IDENTITY_NAME'), secret: env('IDENTITY_SECRET') };
const log = (level, msg, more = {}) => process.stdout.write(`${JSON.stringify({ level, msg, ...more })}\n`);

const verifier = createVerifier({
  issuer: env('IDENTITY_ISSUER'),
  audience: env('IDENTITY_AUDIENCE'),
  jwksUri: env('IDENTITY_JWKS'),
  revocations: account,
  hooks: {
    onVerify: ({ outcome }) => log('info', 'token', { outcome }),
    onRevocation: ({ sessionId, reason }) => log('info', 'session ended', { sessionId, reason }),
    onFeed: ({ status }) => log('info', 'feed of ended sessions', { status }),
    onFeedProblem: ({ problem }) => log('error', `feed of ended sessions: ${problem}`),
  },
});
const policies = createPolicyClient(account);

const server = createServer((request, response) => {
  void answer(request)
    .catch((error) => refusal(error))
    .then(({ status, headers = {}, body }) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body)),
    );
});

async function answer({ url = '', headers }) {
  if (url === '/healthz') return { status: 200, body: verifier.state() };
  const { userId, sessionId, roles } = await verifier.verify(tokenIn(headers.authorization));
  if (url === '/me') return { status: 200, body: { userId, sessionId, roles } };
  const [, shop] = /^\/shops\/(\d{1,19})\/orders$/.exec(url) ?? [];
  if (shop === undefined) return { status: 404, body: { title: 'Not found' } };
  const check = { subject: { type: 'User', id: userId }, domain: `Shop_${shop}`, object: 'orders', action: 'read' };
  const { allowed } = await policies.check(check);
  return allowed
    ? { status: 200, body: { shop, orders: [] } }
    : { status: 403, body: { title: 'This is not allowed' } };
}

/** Without one, it is an empty token: refused like every other that is not good. */
function tokenIn(authorization = '') {
  const [, token = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  return token;
}

function refusal(error) {
  if (error instanceof TokenInvalidError) {
    const headers = { 'www-authenticate': 'Bearer error="invalid_token"' };
    return { status: 401, headers, body: { title: 'The access token is not valid' } };
  }
  if (error instanceof IdentityClientError && !(error instanceof RequestRefusedError)) {
    log('warn', error.message);
    return { status: 503, headers: { 'retry-after': '1' }, body: { title: 'The identity service is away' } };
  }
  log('error', String(error));
  return { status: 500, body: { title: 'Something is wrong here' } };
}

function fail(message) {
  log('fatal', message);
  process.exit(1);
}

await verifier.ready().catch((error) => log('warn', error.message)); // it comes later, and until then it is 503
server.listen(Number(env('PORT')), '127.0.0.1', () => log('info', 'listening'));
process.once('SIGTERM', () => {
  server.close();
  server.closeIdleConnections();
  void verifier.close();
});
