import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { loadSettings, SettingsModule } from '@platform/config';
import { Database, DatabaseModule, databaseReady } from '@platform/database';
import { configureHttp, createAdapter, HttpModule, setServicePrincipal } from '@platform/http';
import { leastEnvironment } from '@platform/testing';
import type { StreamLimits } from '../http/revocation-streams.js';
import { RevocationsModule } from '../revocations.module.js';

/** The feed of ended sessions alone, as one process has it; whoever calls is let in. */
export interface Feed {
  address: string;
  database: Database;
  app: NestFastifyApplication;
  /** What the guard's promise says of every caller from now on. */
  stillMay: () => Promise<boolean>;
  stop(): Promise<void>;
}

/** Listens on a free port, with these limits. */
export async function startFeed(databaseUrl: string, limits: StreamLimits): Promise<Feed> {
  const folder = mkdtempSync(join(tmpdir(), 'nx-identity-'));
  const settings = loadSettings(leastEnvironment(folder, { DATABASE_URL: databaseUrl }));

  @Module({
    imports: [SettingsModule.forRoot(settings), DatabaseModule, HttpModule, RevocationsModule.register(limits)],
  })
  class FeedModule {}

  const adapter = createAdapter({ trustedProxyHops: 0, logger: pino({ level: 'silent' }) });
  const app = await NestFactory.create<NestFastifyApplication>(FeedModule, adapter, {
    logger: false,
    abortOnError: false,
    bodyParser: false,
  });
  const feed: Omit<Feed, 'address' | 'database'> = {
    app,
    stillMay: () => Promise.resolve(true),
    stop: async () => {
      await app.close();
      rmSync(folder, { recursive: true });
    },
  };
  adapter.getInstance().addHook('onRequest', (request, _reply, done) => {
    const serviceAccountId = String(request.headers['x-account'] ?? '1');
    setServicePrincipal(request, { serviceAccountId, name: 'sister', stillMay: () => feed.stillMay() });
    done();
  });
  configureHttp(app);
  await app.listen(0, '127.0.0.1');
  await databaseReady(app);
  const address = `${await app.getUrl()}/v1/api/identity/internal/revocations`;
  return Object.assign(feed, { address, database: app.get(Database) });
}
