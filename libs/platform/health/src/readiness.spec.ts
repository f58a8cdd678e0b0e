import { type INestApplicationContext, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Settings, SettingsModule } from '@platform/config';
import { renderMetrics } from '@platform/telemetry';
import { HealthModule } from './health.module.js';
import { Readiness } from './readiness.js';

type Status = 'up' | 'degraded' | 'down';

let time: number;
let database: Status;
let redis: 'up' | 'down';
/** How often each was looked at. */
let checks: { database: number; redis: number };
let app: INestApplicationContext;

function rootModule(): Type {
  const settings = { http: { host: '127.0.0.1', port: 0, managementPort: 0, trustedProxyHops: 0 } } as Settings;
  @Module({
    imports: [
      SettingsModule.forRoot(settings, { now: () => new Date(time), monotonic: () => time }),
      HealthModule.register({
        inject: [],
        checks: () => ({
          critical: { database: () => ((checks.database += 1), { database: { status: database } }) },
          informative: { redis: () => ((checks.redis += 1), Promise.resolve({ status: redis })) },
        }),
        onPublicPort: false,
      }),
    ],
  })
  class RootModule {}
  return RootModule;
}

beforeEach(async () => {
  time = 0;
  [database, redis] = ['up', 'up'];
  checks = { database: 0, redis: 0 };
  app = await NestFactory.createApplicationContext(rootModule(), { logger: false, abortOnError: false });
});
afterEach(async () => {
  await app.close();
});

/** What `identity_dependency_up` says of the database and of Redis. */
async function scraped(): Promise<(string | undefined)[]> {
  const text = await renderMetrics();
  return ['database', 'redis'].map(
    (name) => new RegExp(`^identity_dependency_up\\{dependency="${name}"\\} (.*)$`, 'm').exec(text)?.[1],
  );
}

const probe = () => app.get(Readiness, { strict: false }).check();

describe('a scrape', () => {
  it('shows what the last probe found, and adds no check while that is recent', async () => {
    await probe();
    database = 'degraded';
    for (time of [0, 2500, 5000]) expect(await scraped()).toEqual(['1', '1']);
    expect(checks).toEqual({ database: 1, redis: 1 });
    await probe();
    expect(await scraped()).toEqual(['0', '1']);
    expect(checks).toEqual({ database: 2, redis: 2 });
  });

  it('is truthful where nobody probes: it looks by itself, at most once in five seconds', async () => {
    expect(await scraped()).toEqual(['1', '1']);
    [database, redis] = ['down', 'down'];
    time = 5000;
    expect(await scraped()).toEqual(['1', '1']);
    time = 5001;
    expect(await scraped()).toEqual(['0', '0']);
    [database, redis] = ['up', 'up'];
    time = 10_002;
    expect(await scraped()).toEqual(['1', '1']);
    expect(checks).toEqual({ database: 3, redis: 3 });
  });
});

describe('readiness', () => {
  it('looks anew at each probe', async () => {
    const states: [Status, 'up' | 'down', boolean, string][] = [
      ['up', 'up', true, 'ok'],
      ['up', 'down', true, 'degraded'],
      ['degraded', 'up', true, 'degraded'],
      ['down', 'up', false, 'error'],
    ];
    for (const [one, other, ready, status] of states) {
      [database, redis] = [one, other];
      expect(await probe()).toMatchObject({ ready, result: { status } });
    }
  });
});
