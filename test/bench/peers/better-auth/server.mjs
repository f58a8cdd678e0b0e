// better-auth with passwords, its one-time codes by e-mail, Bearer sessions and a key set, as its documentation sets it up:
// its own tables in PostgreSQL, its own handler on Node's HTTP server. Passwords are hashed as ours are, and its key is of
// our algorithm. The code goes nowhere; its rate limit is off, ours counts identifiers and not requests.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import argon2 from 'argon2';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { bearer, emailOTP, jwt } from 'better-auth/plugins';
import pg from 'pg';
import { answerParent } from '../../children/answer-parent.ts';

const POOL_SIZE = 10;
const PARAMETERS = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

answerParent(async ({ port, databaseUrl }) => {
  const options = {
    baseURL: `http://127.0.0.1:${port}`,
    secret: randomBytes(32).toString('base64'),
    database: new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE }),
    emailAndPassword: {
      enabled: true,
      password: {
        hash: (password) => argon2.hash(password, PARAMETERS),
        verify: ({ hash, password }) => argon2.verify(hash, password),
      },
    },
    plugins: [
      emailOTP({ sendVerificationOTP: async () => undefined }),
      bearer(),
      // Without the JWT that it would otherwise sign for each question about a session, which ours is not asked for.
      jwt({ jwks: { keyPairConfig: { alg: 'ES256' } }, disableSettingJwtHeader: true }),
    ],
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
  };
  const { runMigrations } = await getMigrations(options);
  await runMigrations();
  const handle = toNodeHandler(betterAuth(options));
  const server = createServer((request, response) => void handle(request, response));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
});
