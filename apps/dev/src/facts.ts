import type { Credentials } from './credentials.js';
import { ADMINISTRATOR } from './seed.js';
import type { Listeners } from './settings.js';
import type { StandIns } from './stand-ins.js';
import { say } from './terminal.js';

/** What `.data/dev.json` holds for scripts and clients. */
export interface Facts {
  api: string;
  jwks: string;
  docs: string;
  management: string;
  /** As `management`, of the worker: what it knows of messages is there alone. */
  workerManagement: string;
  /** Base of the mail catcher's page and JSON interface; empty when there is none. */
  mail: string;
  /** As `mail`, of the stand-in for the SMS gateway. */
  sms: string;
  postgres: string;
  redis: string;
  keysDir: string;
  admin: { identifier: { scheme: string; value: string }; password: string };
  serviceAccount: { name: string; secret: string };
  /** Address of examples/sister; only with `--with-sister`. */
  sister?: string;
  pids: { api: number; worker: number; sister?: number };
}

export function factsOf(
  env: Record<string, string>,
  listeners: Listeners,
  {
    credentials,
    standIns,
    workerPort,
    pids,
  }: { credentials: Credentials; standIns: StandIns | undefined; workerPort: number; pids: Facts['pids'] },
): Facts {
  const origin = `http://127.0.0.1:${listeners.port}`;
  const api = `${origin}/v1/api/identity`;
  return {
    api,
    jwks: `${origin}/jw-certs`,
    docs: `${api}/doc`,
    management: `http://127.0.0.1:${listeners.managementPort}`,
    workerManagement: `http://127.0.0.1:${workerPort}`,
    mail: standIns?.mail.url ?? '',
    sms: standIns?.sms.url ?? '',
    postgres: env['DATABASE_URL'] ?? '',
    redis: env['REDIS_URL'] ?? '',
    keysDir: env['JWKS_DIR'] ?? '',
    admin: { identifier: ADMINISTRATOR, password: credentials.adminPassword },
    serviceAccount: credentials.serviceAccount,
    pids,
  };
}

/** The one table of addresses and credentials. */
export function printFacts(facts: Facts): void {
  const rows = [
    ['API', facts.api],
    ['Swagger UI', facts.docs],
    ['Signing keys', facts.jwks],
    ['Probes, metrics', facts.management],
    ['… of the worker', facts.workerManagement],
    ['Queues', `${facts.management}/queues`],
    ['Mails', facts.mail || 'as the configuration says'],
    ['SMS', facts.sms || 'as the configuration says'],
    ['PostgreSQL', facts.postgres],
    ['Redis', facts.redis || 'as the environment says'],
    [
      'Administrator',
      `${facts.admin.identifier.value} (${facts.admin.identifier.scheme}), password ${facts.admin.password}`,
    ],
    ['Service account', `${facts.serviceAccount.name}, secret ${facts.serviceAccount.secret}`],
    ...(facts.sister === undefined ? [] : [['Sister', facts.sister] as const]),
    ['Logs', '.data/logs'],
  ] as const;
  say(`\n${rows.map(([name, value]) => `  ${name.padEnd(17)}${value}`).join('\n')}\n`);
  say('The service runs. Ctrl-C stops it; its data stays in .data/, these facts are in .data/dev.json meanwhile.');
}
