import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Settings, SettingsModule } from '@platform/config';
import { DatabaseModule } from '@platform/database';
import { QueueMonitor, Queues } from '@platform/queue';
import { poll } from '@platform/testing';
import { type Configuration, Configurations } from '../application/configuration/configurations.js';
import { type Address, AddressBook, type Owner } from '../application/delivery/address-book.js';
import { MessageQueue } from '../application/message-order.js';
import { MessageSeal } from '../application/message-seal.js';
import { SmsSender } from '../application/sms/sms-sender.js';
import { NotificationModule } from '../notification.module.js';
import { NotificationWorkerModule } from '../notification-worker.module.js';
import { BullMessageQueue } from '../queue/bull-message-queue.js';
import { GatewaySmsSender } from './sms-gateway.js';

export interface NotificationOptions {
  databaseUrl: string;
  redisUrl: string;
  keyFile: string;
  /** Of the mail server; absent: none is configured. */
  smtpPort?: number;
  smsUrl?: string;
}

/** Rows that a test changes as an operator would. */
class MemoryConfigurations extends Configurations {
  readonly rows = new Map<string, unknown>();

  async find(code: string): Promise<Configuration | undefined> {
    return await Promise.resolve(this.rows.has(code) ? { code, group: null, value: this.rows.get(code) } : undefined);
  }

  async listGroup(): Promise<Configuration[]> {
    return await Promise.resolve([]);
  }
}

/** Addresses by who has them; nobody has the others. */
class MemoryAddressBook extends AddressBook {
  readonly owners = new Map<string, Owner>();

  async ownersOf(addresses: readonly Address[]): Promise<Owner[]> {
    return await Promise.resolve(addresses.map(({ value }) => this.owners.get(value) ?? 'nobody'));
  }
}

@Module({})
class TestModule {}

/** What orders messages and, unless `worker` is false, what sends them: one Nest context over real stores. */
export async function startNotification(options: NotificationOptions, { worker = true } = {}) {
  const configurations = new MemoryConfigurations();
  if (options.smtpPort !== undefined) configurations.rows.set('identity.mail.smtp', smtpRow(options.smtpPort));
  const addressBook = new MemoryAddressBook();
  const app = await NestFactory.createApplicationContext(
    {
      module: TestModule,
      imports: [
        SettingsModule.forRoot(settingsOf(options)),
        DatabaseModule,
        NotificationModule,
        ...(worker ? [workerModule(configurations, addressBook, options.smsUrl)] : []),
      ],
    },
    { logger: false, abortOnError: false },
  );
  await poll('The connection', 10, async () => (await app.get(QueueMonitor).check()).status === 'up' || undefined);
  return { app, configurations, owners: addressBook.owners, queue: app.get(MessageQueue), patient: patientQueue(app) };
}

export function smtpRow(port: number, more: object = {}) {
  return { host: '127.0.0.1', port, tls: 'none', from: 'NX Seller <no-reply@seller.example>', ...more };
}

function workerModule(configurations: Configurations, addressBook: AddressBook, smsUrl = 'http://127.0.0.1:9') {
  return NotificationWorkerModule.register({
    providers: [
      { provide: Configurations, useValue: configurations },
      { provide: AddressBook, useValue: addressBook },
      { provide: SmsSender, useValue: new GatewaySmsSender(smsUrl) },
    ],
  });
}

/** The queue with another patience: `firstDelayMs` between attempts, growing as ever. */
function patientQueue(app: INestApplicationContext) {
  return (attempts: number, firstDelayMs: number): MessageQueue =>
    new BullMessageQueue(app.get(Queues), app.get(MessageSeal), { attempts, firstDelayMs });
}

function settingsOf({ databaseUrl, redisUrl, keyFile }: NotificationOptions): Settings {
  return {
    development: true,
    mode: 'worker',
    logLevel: 'silent',
    database: { url: databaseUrl, poolSize: 5 },
    redis: { kind: 'single', url: redisUrl },
    snowflakeWorker: 1,
    configurationKeyFile: keyFile,
  } as Settings;
}
