import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentials, PASSWORD, randomUsername } from '../support/client.js';
import { startService, type TestService } from '../support/start-service.js';

let service: TestService;

beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.stop();
});

/** The niceness of each thread of this process by its name. */
function niceness(name: string): number[] {
  const threads = readdirSync('/proc/self/task').map(Number);
  return threads
    .filter((thread) => readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim() === name)
    .map((thread) => getPriority(thread));
}

describe('signing in', () => {
  it('hashes on threads that yield to the one that answers requests', () => {
    const [own] = niceness(readFileSync(`/proc/self/comm`, 'utf8').trim());
    const pool = niceness('libuv-worker');
    expect(pool.length).toBeGreaterThanOrEqual(4);
    expect(new Set(pool)).toEqual(new Set([10]));
    expect(own).toBe(0);
  });

  it('signs up, signs in and tells who is calling', async () => {
    const { client } = service;
    const { username, userId } = await client.signUp();
    const signedIn = await client.signIn(username.toUpperCase());
    expect(signedIn.status).toBe(200);
    const me = await client.get('/auth/who-am-i', signedIn.body.accessToken as string);
    expect(me.body).toEqual({
      userId,
      sessionId: signedIn.body.sessionId,
      identifiers: [{ scheme: 'username', value: username }],
      roles: [],
    });
  });

  it('answers unknown, wrong and disabled alike', async () => {
    const { client } = service;
    const { username, userId } = await client.signUp();
    await service.sql(`UPDATE identity."User" SET status = 'disabled' WHERE id = $1`, [userId]);
    const other = await client.signUp();
    const answers = await Promise.all([
      client.post('/auth/sign-in', credentials(randomUsername())),
      client.signIn(other.username, 'four entirely different words'),
      client.signIn(username, PASSWORD),
    ]);
    const shapes = answers.map(({ status, body }) => ({ status, ...body, requestId: undefined }));
    expect(shapes[0]).toMatchObject({ status: 401, code: 'auth.invalid-credentials' });
    expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
  });
});
