// better-auth's one-time codes by e-mail, as its documentation sets them up: PostgreSQL, no limits on the rate, no mail.
import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { emailOTP } from 'better-auth/plugins';
import pg from 'pg';

process.on('disconnect', () => process.exit());
process.once('message', ({ port, databaseUrl }) => {
  start(port, databaseUrl).then(
    () => process.send({ value: true }),
    (error) => process.send({ error: String(error) }),
  );
});

async function start(port, databaseUrl) {
  const options = {
    baseURL: `http://127.0.0.1:${port}`,
    secret: 'only-for-a-measurement-on-this-machine-0123456789',
    database: new pg.Pool({ connectionString: databaseUrl, max: 10 }),
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    plugins: [emailOTP({ otpLength: 6, expiresIn: 600, sendVerificationOTP: async () => undefined })],
  };
  const { runMigrations } = await getMigrations(options);
  await runMigrations();
  const auth = betterAuth(options);
  const server = createServer(toNodeHandler(auth));
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
}
