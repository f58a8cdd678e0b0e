import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '@platform/database';
import { freePort } from '@platform/testing';
import { credentials, PASSWORD, type Tokens } from '../support/client.js';
import { verifyCode } from '../support/codes.js';
import { type Messaging, startMessaging } from '../support/messaging.js';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../support/otlp-receiver.js';
import { upToThree } from '../support/retries.js';
import { holds } from '../support/secrets.js';
import { type SpawnedService, spawnService, untilReady } from '../support/spawn-service.js';
import { prepareEnvironment } from '../support/start-service.js';

type Environment = Awaited<ReturnType<typeof prepareEnvironment>>;

const ADDRESS = 'traced.person@example.com';
const FOREIGN = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const SIGN_UP = 'POST /v1/api/identity/auth/sign-up';
/** Prints the address of every module of OpenTelemetry and of bull-board as it is loaded. */
const WATCH_MODULES = `--import=data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({ load(url, context, next) {
    if (/@(opentelemetry|bull-board)/.test(url)) process._rawDebug('loaded ' + url);
    return next(url, context);
  }});`)}`;

let prepared: Environment;
let receiver: OtlpReceiver;
let messaging: Messaging | undefined;
let running: SpawnedService[];

beforeEach(async () => {
  running = [];
  prepared = await prepareEnvironment({ LOG_LEVEL: 'info' });
  await migrate(prepared.env.DATABASE_URL ?? '');
  receiver = await startOtlpReceiver();
});
afterEach(async () => {
  await Promise.all(running.map((service) => service.stop()));
  await messaging?.stop();
  messaging = undefined;
  await receiver.stop();
  await prepared.release();
});

async function start(env: Record<string, string> = {}, app: 'api' | 'worker' = 'api'): Promise<SpawnedService> {
  const ports = { PORT: String(await freePort()), MANAGEMENT_PORT: String(await freePort()) };
  const service = spawnService({ ...prepared.env, ...ports, RUN_MODE: app, ...env }, app);
  running.push(service);
  await untilReady(service);
  return service;
}

/** The API and a worker, both traced, and the far end of their mails. */
async function startBoth(tracing: Record<string, string>): Promise<{ api: SpawnedService; worker: SpawnedService }> {
  messaging = await startMessaging({ env: prepared.env }, { worker: false });
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...tracing };
  const [api, worker] = await Promise.all([start(env), start(env, 'worker')]);
  return { api, worker };
}

/** Everything that could leak: a person's address, password, codes and tokens. @returns what must be found nowhere */
async function liveALife({ client }: SpawnedService): Promise<string[]> {
  const signedUp = await client.send('POST', '/auth/sign-up', {
    body: { ...credentials(''), identifier: { scheme: 'email', value: ADDRESS } },
    headers: { 'X-Request-Id': 'life-of-a-person', traceparent: `00-${FOREIGN.traceId}-${FOREIGN.spanId}-01` },
  });
  expect(signedUp.status).toBe(202);
  const code = (await messaging?.code(ADDRESS)) ?? '';
  const { challengeId } = signedUp.body;
  const wrong = code === '123456' ? '123457' : '123456';
  expect((await verifyCode(client, 'verify-email', ADDRESS, challengeId, wrong)).status).toBe(401);
  expect((await verifyCode(client, 'verify-email', ADDRESS, challengeId, code)).status).toBe(200);
  const signIn = { ...credentials(''), identifier: { scheme: 'email', value: ADDRESS } };
  const tokens = (await client.post('/auth/sign-in', signIn)).body as Tokens;
  const refreshed = (await client.refresh(tokens.refreshToken)).body as Tokens;
  const { userId } = (await client.get('/auth/who-am-i', refreshed.accessToken)).body as { userId: string };
  expect((await client.get('/users/me', refreshed.accessToken)).status).toBe(200);
  const secrets = [tokens, refreshed].flatMap((pair) => [pair.accessToken, pair.refreshToken, pair.deviceToken]);
  return [ADDRESS, 'traced.person', PASSWORD, code, wrong, userId, ...secrets].filter(Boolean);
}

async function end(...services: SpawnedService[]): Promise<void> {
  services.forEach((service) => service.signal('SIGTERM'));
  for (const service of services) expect(await service.ended).toMatchObject({ signal: 'SIGTERM' });
}

describe('a traced sign-up by e-mail', () => {
  it('is one trace from the request over the queue to the mail server', async () => {
    const { api, worker } = await startBoth({ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' });
    await liveALife(api);
    await end(api, worker);
    const spans = receiver.spans();
    const request = one(spans, (span) => span.name === SIGN_UP);
    const trace = spans.filter(({ traceId }) => traceId === request.traceId);
    const publish = one(trace, (span) => span.name === 'publish mail');
    const process = one(trace, (span) => span.name === 'process mail');
    const send = one(trace, (span) => span.name === 'send mail');
    expect([request.parentSpanId ?? '', publish.parentSpanId, process.parentSpanId, send.parentSpanId]).toEqual([
      '',
      request.spanId,
      publish.spanId,
      process.spanId,
    ]);
    expect([request.mode, publish.mode, process.mode, send.mode]).toEqual(['api', 'api', 'worker', 'worker']);
    expect([request.kind, publish.kind, process.kind, send.kind]).toEqual([2, 4, 5, 3]);
    expect(request.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/v1/api/identity/auth/sign-up',
      'http.response.status_code': '202',
      'identity.request_id': 'life-of-a-person',
    });
    expect(process.attributes).toMatchObject({ 'identity.request_id': 'life-of-a-person', 'identity.outcome': 'sent' });
    // What both processes asked of their stores, and the hash; everything hangs together.
    const parts = [
      'api hash password',
      /^api redis eval/,
      /^api (SELECT|INSERT|UPDATE|DELETE)/,
      /^worker (SELECT|INSERT)/,
      /^worker redis /,
    ];
    const names = trace.map(({ mode, name }) => `${mode} ${name}`);
    expect(parts.filter((part) => !names.some((name) => name.match(part)))).toEqual([]);
    const ids = new Set(trace.map(({ spanId }) => spanId));
    expect(trace.filter((span) => span !== request && !ids.has(span.parentSpanId ?? ''))).toEqual([]);
    // Whoever asks does not choose the trace; theirs is linked to.
    expect(request.traceId).not.toBe(FOREIGN.traceId);
    expect(request.links).toMatchObject([FOREIGN]);
    // The log names the trace, in both processes.
    for (const service of [api, worker]) {
      const line = service.lines().find(({ requestId }) => requestId === 'life-of-a-person');
      expect(line).toMatchObject({ traceId: request.traceId });
    }
    // Probes make none.
    expect(spans.filter(({ name }) => /healthz|readyz/.test(name))).toEqual([]);
  });

  it.each(['http/json', 'http/protobuf'])(
    'tells the collector no address, code, password or token: %s',
    async (protocol) => {
      const { api, worker } = await startBoth({ OTEL_EXPORTER_OTLP_PROTOCOL: protocol });
      const secrets = await liveALife(api);
      await end(api, worker);
      const told = Buffer.concat(receiver.bodies).toString('latin1');
      expect(told).toContain('process mail');
      expect(secrets.length).toBeGreaterThan(8);
      // JSON has times in digits; in Protobuf what follows a text may be a letter.
      const isTold = (secret: string) => (protocol === 'http/json' ? holds(told, secret) : told.includes(secret));
      expect(secrets.filter(isTold)).toEqual([]);
    },
  );
});

describe('what is not to be traced', () => {
  it('tells the collector nothing when the sampler is off', async () => {
    const api = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_TRACES_SAMPLER: 'always_off' });
    await api.client.signUp();
    await end(api);
    expect(receiver.bodies).toEqual([]);
  });

  it('loads nothing of OpenTelemetry by default, and of the board of queues only when somebody looks', async () => {
    const NODE_OPTIONS = WATCH_MODULES;
    const [off, on] = [await start({ NODE_OPTIONS }), await start({ NODE_OPTIONS, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })]; // prettier-ignore
    await off.client.signUp();
    expect(loadedBy(off)).toEqual(['@opentelemetry/api']); // by prom-client, with or without us
    expect(loadedBy(on)).toContain('@opentelemetry/sdk-trace');
    expect((await fetch(`${off.managementOrigin}/queues`)).status).toBe(200);
    expect(loadedBy(off)).toEqual(['@opentelemetry/api', '@bull-board/api']);
  });

  it('refuses to start with a key for the collector in the environment', async () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=key-of-somebody',
    };
    const service = spawnService({ ...prepared.env, ...env });
    running.push(service);
    expect(await service.ended).toMatchObject({ code: 1 });
    expect(service.output()).toContain('OTEL_EXPORTER_OTLP_HEADERS');
    expect(service.output()).not.toContain('key-of-somebody');
  });
});

describe('a collector that fails', () => {
  it.each(['hang', 'absent'] as const)('slows no answer and no shutdown down: %s', async (trouble) => {
    const hanging = await startOtlpReceiver('hang');
    try {
      const url = trouble === 'hang' ? hanging.url : `http://127.0.0.1:${await freePort()}`;
      const [plain, traced] = [await start(), await start({ OTEL_EXPORTER_OTLP_ENDPOINT: url })];
      const { username } = await plain.client.signUp();
      const slowdown = async () => {
        const times = { plain: [] as number[], traced: [] as number[] };
        // By turns, so that whatever else the machine does falls on both.
        for (let turn = 0; turn < 100; turn += 1) {
          times.plain.push(await timeOf(() => plain.client.signIn(username)));
          times.traced.push(await timeOf(() => traced.client.signIn(username)));
        }
        return median(times.traced) / median(times.plain);
      };
      expect(await upToThree(slowdown, (ratio) => ratio < 1.7)).toBeLessThan(1.7);
      const endsIn = await timeOf(() => end(traced));
      expect(endsIn).toBeLessThan(4000);
      expect(traced.lines().filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
      expect(traced.lines().filter(({ context }) => context === 'Tracing').length).toBeLessThan(4);
    } finally {
      await hanging.stop();
    }
  });
});

/** The packages among those that are watched for, in order of their loading. */
function loadedBy(service: SpawnedService): string[] {
  return [
    ...new Set(Array.from(service.output().matchAll(/^loaded .*\/(@[a-z-]+\/[a-z-]+)\//gm), ([, name = '']) => name)),
  ];
}

function one(spans: ReceivedSpan[], isWanted: (span: ReceivedSpan) => boolean): ReceivedSpan {
  const [found, ...others] = spans.filter(isWanted);
  expect(others).toEqual([]);
  if (!found) throw new Error(`no such span among ${spans.map(({ name }) => name).join(', ')}`);
  return found;
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
