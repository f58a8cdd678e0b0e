import { join } from 'node:path';
import {
  createDatabase,
  type EmbeddedPostgres,
  type MailCatcher,
  type RunningRedis,
  type SmsGateway,
  startMailCatcher,
  startPostgres,
  startRedis,
  startSmsGateway,
} from '@platform/testing';
import { type Line, startLine } from '../../support/line.js';
import { SMS_SECRET } from '../../support/messaging.js';
import { serverFolder } from '../../support/outages.js';

/** What the service stands on, and a line to each of it that can be disturbed. */
export interface Stores {
  folder: string;
  postgres: EmbeddedPostgres;
  /** Of the service's database, past every line. */
  databaseUrl: string;
  redis: RunningRedis;
  mail: MailCatcher;
  sms: SmsGateway;
  lines: { postgres: Line; redis: Line; mail: Line; sms: Line };
  /** After a stop or a kill, at the same port. */
  startPostgres(): Promise<void>;
  startRedis(): Promise<void>;
  stop(): Promise<void>;
}

/** Both stores keep what they acknowledge: it must be there after a kill. */
export async function startStores(): Promise<Stores> {
  const folder = serverFolder();
  const database = (port?: number) =>
    startPostgres({ dataDir: join(folder.path, 'postgres', 'data'), durable: true, port });
  const cache = (port?: number) => startRedis({ dir: join(folder.path, 'redis'), durable: true, port });
  const [postgres, redis, mail, sms] = await Promise.all([
    database(),
    cache(),
    startMailCatcher(),
    startSmsGateway({ partnerCode: 'dev', secretKey: SMS_SECRET }),
  ]);
  const { url: databaseUrl } = await createDatabase(postgres.url, 'identity');
  const lines = {
    postgres: await startLine(postgres.port),
    redis: await startLine(redis.port),
    mail: await startLine(mail.smtpPort),
    sms: await startLine(Number(new URL(sms.sendUrl).port)),
  };
  const stores: Stores = {
    folder: folder.path,
    postgres,
    databaseUrl,
    redis,
    mail,
    sms,
    lines,
    startPostgres: async () => void (stores.postgres = await database(postgres.port)),
    startRedis: async () => void (stores.redis = await cache(redis.port)),
    stop: async () => {
      await Promise.all(Object.values(lines).map((line) => line.stop()));
      await Promise.all([mail.stop(), sms.stop(), stores.redis.stop(), stores.postgres.stop()]);
      folder.remove();
    },
  };
  return stores;
}

/** The address of what a line leads to, by way of the line. */
export function byLine(url: string, { port }: Line): string {
  const other = new URL(url);
  other.port = String(port);
  return other.href;
}
