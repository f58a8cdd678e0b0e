// better-auth with its one-time codes by e-mail, as its documentation sets it up: its own tables in PostgreSQL, its own
// handler on Node's HTTP server. The code goes nowhere; its rate limit is off, ours counts identifiers and not requests.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { emailOTP } from 'better-auth/plugins';
import pg from 'pg';
import { answerParent } from '../../children/answer-parent.ts';

const POOL_SIZE = 10;

answerParent(async ({ port, databaseUrl }) => {
  const options = {
    baseURL: `http://127.0.0.1:${port}`,
    secret: randomBytes(32).toString('base64'),
    database: new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE }),
    plugins: [emailOTP({ sendVerificationOTP: async () => undefined })],
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
