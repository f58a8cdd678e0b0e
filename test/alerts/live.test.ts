import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '@platform/testing';
import { randomEmail, randomPhone } from '../support/addresses.js';
import { randomUsername } from '../support/client.js';
import { requestCode } from '../support/codes.js';
import { behave } from '../support/messaging.js';
import { atOnce } from '../support/races.js';
import { scrape } from '../support/metrics.js';
import { upToThree } from '../support/retries.js';
import { evaluated } from './support/monitoring.js';
import { checkMetrics } from './support/promtool.js';
import { queriesOf } from './support/dashboards.js';
import { startStack, type Stack } from './support/stack.js';

/** The contract's. */
const SIX = [
  'IdentityHighErrorRate',
  'IdentityJWKSDown',
  'IdentityMailFailures',
  'IdentitySMSFailures',
  'IdentityOTPSpike',
  'IdentitySignInFailures',
];
const CHANNELS = [
  ['IdentityMailFailures', 'verify-email', randomEmail],
  ['IdentitySMSFailures', 'phone-auth', randomPhone],
] as const;

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
  // Before the first scrape there was no data, which is an alert of its own.
  await poll(
    'data of all targets',
    30,
    async () => (await stack.monitoring.query('up == 1')).length === 3 || undefined,
  );
  await poll('rest', 30, async () => (await stirred()).length === 0 || undefined);
});
afterAll(() => stack.stop());

/** The alerts that are not at rest. */
async function stirred(): Promise<string[]> {
  const rules = await stack.monitoring.alertRules();
  return rules.filter(({ state }) => state !== 'inactive').map(({ name }) => name);
}

/** What Alertmanager has told of since `from`. */
const toldSince = (from: number) => [
  ...new Set(stack.monitoring.webhook.told.slice(from).map(({ labels }) => labels.alertname)),
];

/** A little of everything, a few failures among it. */
async function ordinaryTraffic(): Promise<void> {
  const { client } = stack.api;
  const person = await client.signUp();
  for (let count = 0; count < 5; count += 1) await client.signIn(person.username);
  await client.signIn(person.username, 'not what it is at all');
  await client.get('/auth/who-am-i', person.accessToken);
  await client.refresh(person.refreshToken);
  for (const [, namespace, random] of CHANNELS) await requestCode(client, namespace, random());
  await stack.messaging.idle();
}

describe('what the processes measure', () => {
  it.each(['api', 'worker'] as const)('is as Prometheus wants it: %s', async (name) => {
    await ordinaryTraffic();
    expect(await checkMetrics(await scrape(stack[name].managementOrigin))).toBe('');
  });
});

describe('while nothing is wrong', () => {
  it('everything is evaluated and nothing fires, a few failures among ordinary traffic notwithstanding', async () => {
    const look = async () => {
      const from = stack.monitoring.webhook.told.length;
      await ordinaryTraffic();
      await evaluated(stack.monitoring, 5);
      const rules = await stack.monitoring.alertRules();
      expect(rules.map(({ name }) => name)).toEqual(expect.arrayContaining(SIX));
      expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
      return [...(await stirred()), ...toldSince(from)];
    };
    // A busy machine may fail a request of its own.
    expect(await upToThree(look, (names) => names.length === 0)).toEqual([]);
  });
});

describe.each(['service', 'security'])('the dashboard %s', (name) => {
  it.each(queriesOf(name))('shows something for $title: $shown', async ({ expression, labels }) => {
    const result = await stack.monitoring.query(expression);
    expect(result).not.toEqual([]);
    const known = new Set(result.flatMap(({ metric }) => Object.keys(metric)));
    expect(labels.filter((label) => !known.has(label))).toEqual([]);
  });
});

describe('an alert is told of while its trouble lasts, and told to be over after:', () => {
  it('mail and SMS are down', async () => {
    const { monitoring, messaging, api } = stack;
    const from = monitoring.webhook.told.length;
    const channels = [messaging.mailUrl, messaging.smsUrl];
    await Promise.all(channels.map((url) => behave(url, { mode: 'down' })));
    for (const [, namespace, random] of CHANNELS)
      for (const answer of await atOnce(8, () => requestCode(api.client, namespace, random())))
        expect(answer.status).toBe(202);
    for (const [alert] of CHANNELS) {
      const { labels, annotations } = await monitoring.webhook.hear(alert, 'firing', from);
      expect(labels).toMatchObject({ severity: 'critical', namespace: 'live' });
      expect(annotations).toMatchObject({
        summary: expect.stringMatching(/^[\d.]+% of (mails|SMS) were not delivered$/) as string,
        runbook_url: expect.stringMatching(/runbook\.md#identity(mail|sms)failures$/) as string,
      });
    }
    await Promise.all(channels.map((url) => behave(url, { mode: 'accept' })));
    for (const [alert] of CHANNELS) await monitoring.webhook.hear(alert, 'resolved', from);
  });

  it('PostgreSQL is away, and requests end in 5xx', async () => {
    const { monitoring, api } = stack;
    const from = monitoring.webhook.told.length;
    await stack.stopPostgres();
    const fail = () => atOnce(5, () => api.client.signIn(randomUsername()));
    await poll('the alert', 30, async () => {
      expect((await fail()).map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
      return toldSince(from).includes('IdentityHighErrorRate') || undefined;
    });
    expect((await monitoring.webhook.hear('IdentityHighErrorRate', 'firing', from)).labels.severity).toBe('critical');
    await stack.startPostgres();
    await monitoring.webhook.hear('IdentityHighErrorRate', 'resolved', from);
  });

  it.each([
    ['nobody can fetch the keys', 'api', 'IdentityJWKSDown', '/jw-certs has not answered a probe'],
    ['no worker is there', 'worker', 'IdentityMessagesStuck', 'The API answers Prometheus, and no worker does.'],
  ] as const)('%s', async (_trouble, process, alert, words) => {
    const { webhook } = stack.monitoring;
    const from = webhook.told.length;
    stack[process].signal('SIGSTOP');
    try {
      const { labels, annotations } = await webhook.hear(alert, 'firing', from);
      expect(labels).toMatchObject({ severity: 'critical', namespace: 'live' });
      expect(annotations.description).toContain(words);
    } finally {
      stack[process].signal('SIGCONT');
    }
    await webhook.hear(alert, 'resolved', from);
  });

  it('passwords are guessed, and codes are asked for as never before', async () => {
    const { monitoring, api } = stack;
    await poll('rest', 30, async () => (await stirred()).length === 0 || undefined);
    const from = monitoring.webhook.told.length;
    const spam = () => atOnce(30, () => requestCode(api.client, 'verify-email', randomEmail()));
    const guess = () => atOnce(15, () => api.client.signIn(randomUsername()));
    await poll('both alerts', 40, async () => {
      await Promise.all([spam(), guess()]);
      const told = toldSince(from);
      return (told.includes('IdentityOTPSpike') && told.includes('IdentitySignInFailures')) || undefined;
    });
    const { labels } = await monitoring.webhook.hear('IdentityOTPSpike', 'firing', from);
    expect(labels).toMatchObject({ severity: 'warning', exported_namespace: 'verify-email' });
    for (const alert of ['IdentityOTPSpike', 'IdentitySignInFailures'])
      await monitoring.webhook.hear(alert, 'resolved', from);
  });
});
