import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CasbinModule } from 'nest-casbin';
import { loadSettings, SettingsModule } from '@platform/config';
import { Database, DatabaseModule, databaseReady } from '@platform/database';
import { RedisModule } from '@platform/redis';
import { leastEnvironment } from '@platform/testing';
import { CheckPolicies } from '../application/check-policies.js';
import { ListPermissions } from '../application/list-permissions.js';
import { Policies } from '../application/policies.js';
import { POLICY_MODEL } from '../domain/model.js';
import { CachedPolicies } from '../persistence/policies/cached-policies.js';

/** What checks need of the service, as one of its replicas has it. */
export interface Replica {
  database: Database;
  checks: CheckPolicies;
  permissions: ListPermissions;
  stop(): Promise<void>;
}

/** Connects to these stores and waits for PostgreSQL. */
export async function startReplica(stores: { databaseUrl: string; redisUrl: string }): Promise<Replica> {
  const folder = mkdtempSync(join(tmpdir(), 'nx-identity-'));
  const settings = loadSettings(
    leastEnvironment(folder, { DATABASE_URL: stores.databaseUrl, REDIS_URL: stores.redisUrl }),
  );

  @Module({
    imports: [
      SettingsModule.forRoot(settings),
      DatabaseModule,
      RedisModule,
      CasbinModule.forRoot({ model: POLICY_MODEL }),
    ],
    providers: [{ provide: Policies, useClass: CachedPolicies }, CheckPolicies, ListPermissions],
  })
  class ReplicaModule {}

  const context = await NestFactory.createApplicationContext(ReplicaModule, { logger: false, abortOnError: false });
  await databaseReady(context);
  return {
    database: context.get(Database),
    checks: context.get(CheckPolicies),
    permissions: context.get(ListPermissions),
    stop: async () => {
      await context.close();
      rmSync(folder, { recursive: true });
    },
  };
}
