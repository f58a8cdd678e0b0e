import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '@platform/database';
import {
  createDatabase,
  type EmbeddedPostgres,
  openEvents,
  poll,
  type RunningPgBouncer,
  startPgBouncer,
  startPostgres,
} from '@platform/testing';
import { codeJourney } from '../support/journey.js';
import { type Messaging, startMessaging } from '../support/messaging.js';
import { serverFolder } from '../support/outages.js';
import { PatientClient } from '../support/patient-client.js';
import { atOnce, oneByOne, tally } from '../support/races.js';
import { createSister } from '../support/sisters.js';
import { startService, type TestService } from '../support/start-service.js';

/** ADR 24 promises a second, ADR 27 half of one for the feed; the rest is for a busy machine. */
const PROMISED_SECONDS = 2;

const folder = serverFolder();
let postgres: EmbeddedPostgres;
let pooler: RunningPgBouncer;
let service: TestService;
let client: PatientClient;
let messaging: Messaging;

beforeAll(async () => {
  postgres = await startPostgres({ dataDir: join(folder.path, 'postgres', 'data'), durable: false });
  const { url: direct } = await createDatabase(postgres.url, 'identity');
  pooler = await startPgBouncer({ dir: join(folder.path, 'pgbouncer'), url: direct });
  service = await startService({ env: { DATABASE_URL: pooler.url, SNOWFLAKE_WORKER_ID: 'auto' }, direct });
  client = new PatientClient(service.origin);
  messaging = await startMessaging(service);
});

afterAll(async () => {
  await messaging.stop();
  await service.stop();
  await pooler.stop();
  await postgres.stop();
  folder.remove();
});

const journey = () => codeJourney(client, (email) => messaging.code(email));

describe('behind PgBouncer in transaction mode', () => {
  it('every journey goes, also of more people at once than there are connections', async () => {
    await oneByOne(3, () => atOnce(3, journey));
    const people = await oneByOne(12, () => service.client.signUp());
    const answers = await atOnce(60, (at) => client.get('/auth/who-am-i', people[at % 12]?.accessToken));
    expect(tally(answers)).toEqual({ 200: 60 });
    const refreshed = await atOnce(12, (at) => client.refresh(people[at]?.refreshToken ?? ''));
    expect(tally(refreshed)).toEqual({ 200: 12 });
    const [lease] = await service.sql('SELECT FROM identity."WorkerLease" WHERE expires_at > now()');
    expect(lease).toBeDefined();
  });

  it('a policy written by hand counts as soon as promised, though nobody hears of it', async () => {
    const { headers } = await createSister(service, 'policies:check');
    const check = () =>
      service.client.send('POST', '/internal/policies/check', {
        headers,
        body: { subject: { type: 'User', id: '77' }, object: 'orders', action: 'read' },
      });
    await poll('the account', 5, async () => (await check()).status === 200 || undefined);
    expect((await check()).body.allowed).toBe(false);
    await service.sql(`INSERT INTO "Permission" (id, code, name) VALUES (7, 'orders', 'Orders')`);
    const define = `INSERT INTO "PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id, action)
      VALUES (70, 'grant', 'User', '77', 'Permission', '7', 'read')`;
    for (const [statement, allowed] of [
      [define, true],
      ['DELETE FROM "PolicyDefinition" WHERE id = 70', false],
    ] as const) {
      await service.sql(statement);
      await poll('the change', PROMISED_SECONDS, async () => (await check()).body.allowed === allowed || undefined);
    }
  });

  it('the end of a session is told as soon as promised', async () => {
    const { headers } = await createSister(service, 'revocations:read');
    const open = () => openEvents(`${service.origin}/v1/api/identity/internal/revocations`, headers);
    const stream = await poll('the account', 5, async () => {
      const opened = await open();
      if (opened.status === 200) return opened;
      opened.close();
      return undefined;
    });
    try {
      const people = await oneByOne(3, () => service.client.signUp());
      for (const { refreshToken, sessionId } of people) {
        await service.client.post('/auth/sign-out', { refreshToken });
        expect(await stream.told(sessionId, PROMISED_SECONDS)).toBeDefined();
      }
    } finally {
      stream.close();
    }
  });

  it('migrations are refused, with where they belong, before anything is done', async () => {
    const before = await service.sql('SELECT name FROM identity."SchemaMigration"');
    await expect(migrate(pooler.url)).rejects.toThrow(/migrations want a direct connection/);
    expect(await service.sql('SELECT name FROM identity."SchemaMigration"')).toEqual(before);
  });
});
