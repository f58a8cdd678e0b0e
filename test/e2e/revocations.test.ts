import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RevokeServiceAccount } from '@identity/policy';
import { createVerifier, type Verifier } from '@nx-seller/identity-client';
import { loadSettings } from '@platform/config';
import { type EventStream, openEvents, poll } from '@platform/testing';
import { createApp } from '../../apps/api/src/bootstrap.js';
import { Client, type Tokens } from '../support/client.js';
import { WAYS_TO_END } from '../support/ends.js';
import { readMetric } from '../support/metrics.js';
import { atOnce, oneByOne } from '../support/races.js';
import { untilAvailable, upToThree } from '../support/retries.js';
import { createSister, type Sister } from '../support/sisters.js';
import { startService, type TestService } from '../support/start-service.js';

const PATH = '/internal/revocations';
const ADDRESS = `/v1/api/identity${PATH}`;
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

interface Page {
  items: { sessionId: string; userId: string; reason: string; endedAt: string }[];
  nextCursor: string;
  windowSeconds: number;
}

let service: TestService;
let sister: Sister;
const opened: EventStream[] = [];

beforeAll(async () => {
  service = await startService();
  sister = await createSister(service, 'revocations:read');
});
afterEach(() => {
  opened.splice(0).forEach((stream) => stream.close());
});
afterAll(async () => {
  await service.stop();
});

const ask = (query: Record<string, string | undefined> = {}, client = service.client) => {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const path = `${PATH}?${new URLSearchParams(given).toString()}`;
  return untilAvailable(() => client.send('GET', path, { headers: sister.headers }));
};
/** With so many transactions open on the server, by other tests' doing, it has no room for all and tells some ends twice. */
const isFull = (cursor = '') => cursor.split('-').some((seen) => seen.split('_').length === 2 + 20);
const page = (after?: string, limit?: number, client = service.client): Promise<Page> =>
  poll('a page whose cursor has room', 10, async () => {
    const { status, body } = await ask({ after, limit: limit === undefined ? undefined : String(limit) }, client);
    expect(status).toBe(200);
    return isFull(body.nextCursor as string) ? undefined : (body as Page);
  });
/** Whatever there is after a cursor, a page at a time. */
const allAfter = async (after?: string, limit = 1000): Promise<Page> => {
  const items: Page['items'] = [];
  for (let cursor = after; ;) {
    const next = await page(cursor, limit);
    items.push(...next.items);
    cursor = next.nextCursor;
    if (next.items.length < limit) return { ...next, items };
  }
};
const stream = async (headers: Record<string, string> = {}, query = '', origin = service.origin) => {
  const events = await openEvents(`${origin}${ADDRESS}${query}`, { ...sister.headers, ...headers });
  opened.push(events);
  return events;
};
const signOut = ({ refreshToken }: Tokens) =>
  untilAvailable(() => service.client.post('/auth/sign-out', { refreshToken }));

describe('a session that ends', () => {
  let verifier: Verifier;

  beforeAll(async () => {
    const { name, secret } = sister;
    verifier = createVerifier({
      issuer: service.env.JWT_ISSUER ?? '',
      audience: 'nx-seller',
      jwksUri: `${service.origin}/jw-certs`,
      revocations: { baseUrl: `${service.origin}/v1/api/identity`, name, secret },
    });
    await verifier.ready();
  });
  afterAll(async () => {
    await verifier.close();
  });

  it.each(Object.entries(WAYS_TO_END))(
    'by %s is told of, and its token refused by a sister',
    async (_way, { reason, end }) => {
      const { nextCursor } = await page();
      const listener = await stream({ 'Last-Event-ID': nextCursor });
      const person = await service.client.signUp();
      const verified = await verifier.verify(person.accessToken);
      expect(verified.sessionId).toBe(person.sessionId);
      await end(person, service);
      const { data, event, id } = await listener.told(person.sessionId);
      const refusal = await poll('the refusal', 2, () =>
        verifier.verify(person.accessToken).then(
          () => undefined,
          (error: unknown) => error,
        ),
      );
      expect(refusal).toMatchObject({ name: 'TokenInvalidError', code: 'revoked' });
      const told = {
        sessionId: person.sessionId,
        userId: person.userId,
        reason,
        endedAt: expect.stringMatching(RFC_3339),
      };
      expect({ data, event }).toEqual({ data: told, event: 'session-ended' });
      const { items } = await page(nextCursor);
      expect(items).toContainEqual(data);
      if (!isFull(id)) expect((await page(id)).items).not.toContainEqual(data);
    },
  );

  it('stays ended when its user is enabled again', async () => {
    const person = await service.client.signUp();
    await service.sql(`UPDATE "User" SET status = 'disabled' WHERE id = $1`, [person.userId]);
    await service.sql(`UPDATE "User" SET status = 'active' WHERE id = $1`, [person.userId]);
    expect((await service.client.refresh(person.refreshToken)).status).toBe(401);
  });

  it('is not told of when what ended it is undone, nor when it is refreshed', async () => {
    const { nextCursor } = await page();
    const person = await service.client.signUp();
    await service.client.refresh(person.refreshToken);
    const connection = await service.open();
    await connection.query('BEGIN');
    await connection.query('UPDATE "Session" SET ended_at = now() WHERE id = $1', [person.sessionId]);
    await connection.query('ROLLBACK');
    await connection.end();
    expect((await page(nextCursor)).items).toEqual([]);
  });
});

describe('who asks', () => {
  it('is told everything of the window, and how long that is', async () => {
    const person = await service.client.signUp();
    await signOut(person);
    const { items, windowSeconds } = await allAfter();
    expect(items.map(({ sessionId }) => sessionId)).toContain(person.sessionId);
    expect(windowSeconds).toBe(900 + 60 + 60);
    await service.sql('UPDATE "SessionEnd" SET ended_at = now() - make_interval(secs => $1)', [windowSeconds + 1]);
    expect((await allAfter()).items).toEqual([]);
    const next = await signUpAndOut();
    expect((await allAfter()).items.map(({ sessionId }) => sessionId)).toEqual([next.sessionId]);
  });

  it('gets one item at a time, all of them, and an end', async () => {
    const { nextCursor } = await page();
    const people = await oneByOne(5, () => signUpAndOut());
    const one = await allAfter(nextCursor, 1);
    expect(one.items.map(({ sessionId }) => sessionId)).toEqual(people.map(({ sessionId }) => sessionId));
    expect((await page(one.nextCursor, 1)).items).toEqual([]);
    expect((await page(nextCursor, 5)).items).toHaveLength(5);
  });

  it('misses none while many sign out at once, a page at a time', async () => {
    let { nextCursor } = await page();
    const heard = new Set<string>();
    const people = await atOnce(60, () => service.client.signUp());
    let isOver = false;
    const ending = atOnce(60, (at) => signOut(people[at]!)).then(() => (isOver = true));
    for (let last = false; !last;) {
      last = isOver;
      const { items, nextCursor: next } = await allAfter(nextCursor, 3);
      for (const { sessionId } of items) heard.add(sessionId);
      nextCursor = next;
    }
    await ending;
    expect(people.filter(({ sessionId }) => !heard.has(sessionId))).toEqual([]);
  });

  it('misses none of a transaction that commits after a younger one, in the middle of a run of pages too', async () => {
    const { nextCursor } = await page();
    const [old, ...others] = await oneByOne(4, () => service.client.signUp());
    const connection = await service.open();
    await connection.query('BEGIN');
    await connection.query('UPDATE "Session" SET ended_at = now() WHERE id = $1', [old!.sessionId]);
    for (const person of others) await signOut(person);
    const first = await page(nextCursor, 1);
    const whole = await allAfter(nextCursor);
    expect(whole.items.map(({ sessionId }) => sessionId)).toEqual(others.map(({ sessionId }) => sessionId));
    expect((await page(whole.nextCursor)).items).toEqual([]); // nor is anything told again meanwhile
    const fresh = await allAfter();
    await connection.query('COMMIT');
    await connection.end();
    for (const cursor of [first.nextCursor, whole.nextCursor, fresh.nextCursor]) {
      const { items } = await allAfter(cursor, 1);
      expect(items.map(({ sessionId }) => sessionId)).toContain(old!.sessionId);
    }
    expect((await page(whole.nextCursor)).items.map(({ sessionId }) => sessionId)).toEqual([old!.sessionId]);
  });

  it('is answered the whole window for a cursor that is old, of another server, or ahead of this one', async () => {
    const person = await signUpAndOut();
    const { nextCursor } = await page();
    const [server = '', madeAt = '', seen = ''] = nextCursor.split('-');
    const ahead = seen.replaceAll(/\d+/g, (number) => String(Number(number) + 1_000_000));
    for (const cursor of [
      `${server}-${Number(madeAt) - 2000}-${seen}`,
      `${Number(server) - 1}-${madeAt}-${seen}`,
      `${server}-${madeAt}-${ahead}`,
    ]) {
      const { items } = await allAfter(cursor);
      expect([cursor, items.map(({ sessionId }) => sessionId)]).toEqual([
        cursor,
        expect.arrayContaining([person.sessionId]),
      ]);
    }
    expect((await page(nextCursor)).items).toEqual([]);
  });

  it('is refused what is no cursor and no number of items', async () => {
    for (const after of ['', 'x', '1', '0-0', '1-1-5_4', '1-1-1_9999999999999999999', '1-1-1_2-1_2', `1-1-1_2'--`])
      expect(await ask({ after })).toMatchObject({
        status: 422,
        body: { code: 'request.invalid', errors: [{ path: 'after' }] },
      });
    for (const limit of ['0', '1001', '-1', '1e2', 'x', '']) expect((await ask({ limit })).status).toBe(422);
    expect((await ask({ cursor: 'x' })).status).toBe(422);
    const refused = await stream({ 'Last-Event-ID': 'x' });
    await refused.ended;
    expect([refused.status, refused.text()]).toEqual([422, expect.stringContaining('Last-Event-ID')]);
  });

  it('gets no stream for HEAD, nor without the scope', async () => {
    const head = await fetch(`${service.origin}${ADDRESS}`, {
      method: 'HEAD',
      headers: { ...sister.headers, Accept: 'text/event-stream' },
    });
    expect([head.status, head.headers.get('content-type')]).toEqual([200, expect.stringContaining('json')]);
    const other = await createSister(service, 'users:read');
    const refused = await poll('the account', 3, async () => {
      const answer = await stream(other.headers);
      return answer.status === 401 ? undefined : answer;
    });
    expect(refused.status).toBe(403);
  });
});

describe('who listens', () => {
  it('is answered events that nobody keeps back, and that are told of in the log once', async () => {
    const listener = await stream();
    expect([listener.status, listener.headers]).toMatchObject([
      200,
      {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
        'x-content-type-options': 'nosniff',
        'x-request-id': expect.any(String),
      },
    ]);
    await poll('the first event', 3, () => listener.events[0]);
    expect(listener.text()).toMatch(/^retry: \d+\n\n/);
    expect(await readMetric(service.managementOrigin, 'identity_revocation_listeners')).toBe(1);
    const series = `http_request_duration_seconds_count{method="GET",route="${ADDRESS}",status_class="2xx"}`;
    const before = await readMetric(service.managementOrigin, series);
    listener.close();
    await poll(
      'the end',
      3,
      async () => (await readMetric(service.managementOrigin, 'identity_revocation_listeners')) === 0 || undefined,
    );
    expect(await readMetric(service.managementOrigin, series)).toBe(before);
  });

  it('is told what comes after its cursor alone, in order', async () => {
    const { nextCursor: early } = await allAfter();
    const earlier = await signUpAndOut();
    const { nextCursor: late } = await allAfter(early);
    const [all, some] = [await stream({}, `?after=${early}`), await stream({}, `?after=${late}`)];
    const later = await signUpAndOut();
    await Promise.all([all.told(later.sessionId), some.told(later.sessionId)]);
    // An end may be told twice, as `isFull` says.
    expect([...new Set(all.sessions())]).toEqual([earlier.sessionId, later.sessionId]);
    expect([...new Set(some.sessions())]).toEqual([later.sessionId]);
  });

  it('ends within a second or two once its account is revoked, and no other does', async () => {
    const gone = await createSister(service, 'revocations:read');
    const listener = await poll('the account', 3, async () => {
      const answer = await stream(gone.headers);
      return answer.status === 200 ? answer : undefined;
    });
    const other = await stream();
    await service.app.get(RevokeServiceAccount, { strict: false }).execute({ id: gone.id }, { type: 'operator' });
    const revokedAt = performance.now();
    expect(await listener.ended).toBe(true);
    expect(performance.now() - revokedAt).toBeLessThan(3000);
    expect(other.isOver()).toBe(false);
    await other.told((await signUpAndOut()).sessionId);
  });

  it('is told first what it has missed, by Last-Event-ID before `after`, however much it is', async () => {
    const { nextCursor: early } = await page();
    const person = await service.client.signUp();
    await service.sql(
      `INSERT INTO "Session" (id, user_id, device_id, amr, audience, expires_at)
       SELECT $2::bigint + n, $1, 'd', '{pwd}', 'a', now() + interval '1 day' FROM generate_series(1, 1500) n`,
      [person.userId, 7_000_000],
    );
    await service.sql('UPDATE "Session" SET ended_at = now() WHERE user_id = $1', [person.userId]);
    const { nextCursor: late } = await allAfter(early);
    const listener = await stream({ 'Last-Event-ID': early }, `?after=${late}`);
    await poll('all of them', 5, () => new Set(listener.sessions()).size >= 1501 || undefined);
    // Wherever it is cut off: what was not told before the id is told after it.
    for (const at of [0, 1, 399, 400, 1100, 1500]) {
      const known = new Set(listener.sessions().slice(0, at + 1));
      const ends = listener.events.filter(({ event }) => event === 'session-ended');
      for (const { sessionId } of (await allAfter(ends[at]!.id)).items) known.add(sessionId);
      expect([at, known.size]).toEqual([at, 1501]);
    }
  });
});

describe('another replica', () => {
  it('tells of what ended here, and goes on from a cursor of here', async () => {
    const { nextCursor } = await page();
    const env = { ...service.env, PORT: '0', MANAGEMENT_PORT: '0' };
    const replica = await createApp(loadSettings(env));
    await replica.listen(0, '127.0.0.1');
    const origin = (await replica.getUrl()).replace('[::1]', '127.0.0.1');
    const ready = async () => (await new Client(origin).get('/readyz')).status === 200 || undefined;
    try {
      await poll('readiness', 10, ready);
      const earlier = await signUpAndOut();
      const listener = await stream({ 'Last-Event-ID': nextCursor }, '', origin);
      await listener.told(earlier.sessionId);
      const later = await signUpAndOut();
      const { id } = await listener.told(later.sessionId);
      await replica.close();
      expect(await listener.ended).toBe(true);
      const last = await signUpAndOut();
      const here = await stream({ 'Last-Event-ID': id });
      await here.told(last.sessionId);
      if (!isFull(id)) expect(here.sessions()).not.toContain(earlier.sessionId);
    } finally {
      await replica.close();
    }
  });
});

it('tells 100 listeners of 200 sign-outs within two seconds each', async () => {
  const { nextCursor } = await allAfter();
  const listeners = await atOnce(100, () => stream({ 'Last-Event-ID': nextCursor }));
  await Promise.all(listeners.map((each) => poll('its first event', 10, () => each.events[0])));
  const tell = async () => {
    const people = await oneByOne(200, () => service.client.signUp());
    const signedOut = new Map<string, number>();
    for (let first = 0; first < people.length; first += 20) {
      await Promise.all(
        people.slice(first, first + 20).map(async (person) => {
          expect((await signOut(person)).status).toBe(204);
          signedOut.set(person.sessionId, performance.now());
        }),
      );
    }
    const delays: number[] = [];
    for (const listener of listeners) {
      for (const [sessionId, since] of signedOut) delays.push((await listener.told(sessionId, 10)).at - since);
    }
    delays.sort((a, b) => a - b);
    expect(delays).toHaveLength(100 * 200);
    return delays[Math.floor(delays.length * 0.99)] ?? NaN;
  };
  expect(await upToThree(tell, (ms) => ms < 2000)).toBeLessThan(2000);
}, 120_000);

async function signUpAndOut() {
  const person = await service.client.signUp();
  expect((await signOut(person)).status).toBe(204);
  return person;
}
