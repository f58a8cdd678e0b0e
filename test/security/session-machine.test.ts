import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ChangeUserStatus } from '@identity/users';
import { systemClock } from '@platform/kernel';
import { modelStep } from '@platform/testing';
import type { Answer, Tokens } from '../support/client.js';
import { PatientClient } from '../support/patient-client.js';
import { atOnce } from '../support/races.js';
import { startService, type TestService } from '../support/start-service.js';
import { type ModelSession, SessionModel } from './support/session-model.js';

/** None is a sum of the steps of time below, so that it does not matter how long a story takes. */
const LIFETIMES = { access: 295, grace: 39, idle: 609, absolute: 1509 };
const STEPS_OF_TIME = [10, 40, 400, 700];
const AT_ONCE = 5;
const OPERATOR = { type: 'operator', id: 'test' } as const;

let service: TestService;
let client: PatientClient;
let redis: Redis;
let later = 0;

beforeAll(async () => {
  service = await startService({
    clock: { ...systemClock, now: () => new Date(Date.now() + later) },
    env: {
      ACCESS_TOKEN_TTL_SECONDS: String(LIFETIMES.access),
      REFRESH_GRACE_SECONDS: String(LIFETIMES.grace),
      SESSION_IDLE_TTL_SECONDS: String(LIFETIMES.idle),
      SESSION_ABSOLUTE_TTL_SECONDS: String(LIFETIMES.absolute),
      SIGN_IN_MAX_FAILURES: '1000',
    },
  });
  client = new PatientClient(service.origin);
  redis = new Redis(service.env.REDIS_URL ?? '');
});
afterAll(async () => {
  await redis.quit();
  await service.stop();
});

/** What somebody holds of a session: its newest access token, and every refresh token. */
interface Held {
  id: string;
  access: string;
  refresh: string[];
}

/** One person, and all that was ever handed to them. */
class Machine {
  readonly held: Held[] = [];
  private passwords = 1;

  private constructor(
    readonly username: string,
    readonly userId: string,
  ) {}

  static async begin(): Promise<{ model: SessionModel; real: Machine }> {
    const person = await client.signUp(undefined, passwordOf(1));
    const machine = new Machine(person.username, person.userId);
    machine.hold(person);
    const model = new SessionModel(LIFETIMES);
    model.signIn();
    return { model, real: machine };
  }

  /** @param before how many passwords ago */
  async signIn(before = 0): Promise<Answer> {
    const answer = await client.signIn(this.username, passwordOf(this.passwords - before));
    if (answer.status === 200) this.hold(answer.body as Tokens);
    return answer;
  }

  async changePassword(by: Held, endOtherSessions: boolean): Promise<Answer> {
    const passwords = { currentPassword: passwordOf(this.passwords), newPassword: passwordOf(this.passwords + 1) };
    const answer = await client.post('/auth/password/change', { ...passwords, endOtherSessions }, by.access);
    if (answer.status === 204) this.passwords += 1;
    return answer;
  }

  /** The clock goes on, and what the database remembers is that much longer ago; what was cached has run out. */
  async pass(seconds: number): Promise<void> {
    later += seconds * 1000;
    await service.sql(
      `UPDATE identity."Session" SET created_at = created_at - $2::interval, rotated_at = rotated_at - $2::interval,
         expires_at = expires_at - $2::interval WHERE user_id = $1`,
      [this.userId, `${seconds} s`],
    );
    await redis.del(this.held.map(({ id }) => `auth:cache:session:${id}`));
  }

  private hold({ sessionId, accessToken, refreshToken }: Tokens): void {
    this.held.push({ id: sessionId, access: accessToken, refresh: [refreshToken] });
  }
}

const passwordOf = (count: number) => `three unrelated words ${count}`;

/** What holds after every step: an access token is good for as long as its session lives, and no longer. */
async function hold(model: SessionModel, machine: Machine): Promise<void> {
  const answers = await Promise.all(machine.held.map(({ access }) => client.get('/auth/who-am-i', access)));
  expect(answers.map(({ status }) => status)).toEqual(
    model.sessions.map((session) => (model.mayCall(session) ? 200 : 401)),
  );
}

/** What was answered, and what the model expects; nothing where there is no answer. */
type Compared = [seen: unknown, expected: unknown] | undefined;

function step(name: string, run: (model: SessionModel, machine: Machine) => Promise<Compared>) {
  return modelStep<SessionModel, Machine>(name, async (model, machine) => {
    const [seen, expected] = (await run(model, machine)) ?? [];
    expect(seen).toEqual(expected);
    await hold(model, machine);
  });
}

type OfSession = (session: ModelSession, held: Held, model: SessionModel, machine: Machine) => Promise<Compared>;

/** A step with one session, which is named by its number, counted round. */
const ofSession = (name: string, run: OfSession) => (number: number) =>
  step(`${name} ${number}`, async (model, machine) => {
    const at = number % model.sessions.length;
    return await run(model.sessions[at]!, machine.held[at]!, model, machine);
  });

/** The answer to a refresh, beside the token, or the refusal, that the model expects. */
function compareRefreshed({ status, body }: Answer, expected: number | undefined, held: Held): [unknown, unknown] {
  if (status !== 200 || expected === undefined) {
    return [status === 200 ? 200 : body.code, expected === undefined ? 'auth.invalid-refresh-token' : 200];
  }
  const { refreshToken, accessToken } = body as Tokens;
  held.access = accessToken;
  return [refreshToken, (held.refresh[expected] ??= refreshToken)];
}

const refresh = (token: string, back: number) =>
  ofSession(`refresh with ${token} token of session`, async (session, held, model) => {
    const known = Math.min(back, session.counter);
    const presented = held.refresh[session.counter - known] ?? '';
    const expected = model.refresh(session, known);
    return compareRefreshed(await client.refresh(presented), expected, held);
  });

const refreshAtOnce = ofSession(`refresh ${AT_ONCE} times at once session`, async (session, held, model) => {
  const presented = held.refresh[session.counter] ?? '';
  const expected = model.refresh(session, 0);
  const answers = await atOnce(AT_ONCE, () => client.refresh(presented));
  const compared = answers.map((answer) => compareRefreshed(answer, expected, held));
  return [compared.map(([seen]) => seen), compared.map(([, wanted]) => wanted)];
});

const signOut = ofSession('sign out with the first token of session', async (session, held, model) => {
  model.end(session);
  return [(await client.post('/auth/sign-out', { refreshToken: held.refresh[0] })).status, 204];
});

const endByFirst = ofSession('session 0 ends session', async (session, held, model, machine) => {
  const [by, caller] = [machine.held[0]!, model.sessions[0]!];
  const expected = !model.mayCall(caller) ? 401 : model.end(session) ? 204 : 404;
  const answer = await client.send('DELETE', `/sessions/${held.id}`, { token: by.access });
  return [answer.status, expected];
});

const endAll = ofSession('sign out everywhere by session', async (session, held, model) => {
  const may = model.mayCall(session);
  if (may) model.endAll();
  return [(await client.post('/auth/sign-out-all', undefined, held.access)).status, may ? 204 : 401];
});

const changePassword = (endOthers: boolean) =>
  ofSession(
    `change the password${endOthers ? ', which ends the others,' : ''} by session`,
    async (session, held, model, machine) => {
      const may = model.mayCall(session);
      if (may && endOthers) model.endAll(session);
      return [(await machine.changePassword(held, endOthers)).status, may ? 204 : 401];
    },
  );

const signIn = step('sign in', async (model, machine) => {
  return [(await machine.signIn()).status, model.signIn() ? 200 : 401];
});
const signInWithOld = step('sign in with a password that was never set, or the one before', async (_model, machine) => {
  return [(await machine.signIn(1)).status, 401];
});
const disable = step('disable', async (model, machine) => {
  const changes = !model.isDisabled;
  model.isDisabled = true;
  model.endAll();
  return [await service.app.get(ChangeUserStatus).disable(machine.userId, OPERATOR), changes];
});
const enable = step('enable', async (model, machine) => {
  const changes = model.isDisabled;
  model.isDisabled = false;
  return [await service.app.get(ChangeUserStatus).enable(machine.userId, OPERATOR), changes];
});
const wait = (seconds: number) =>
  step(`${seconds} s pass`, async (model, machine) => {
    model.now += seconds;
    await machine.pass(seconds);
    return undefined;
  });

const current = refresh('the current', 0);
const previous = refresh('the previous', 1);
const older = refresh('an older', 2);
/** Stories that reach the rules which chance reaches seldom. */
const RARE = [
  [current(0), wait(10), previous(0), wait(40), previous(0), current(0)],
  [current(0), current(0), older(0), current(0)],
  [wait(400), current(0), wait(400), current(0), wait(400), current(0), wait(400), current(0)],
  [signIn, changePassword(true)(1), current(0), signInWithOld, signIn, disable, current(1), signIn, enable, signIn],
];

it('sessions begin, go on and end as the rules say, whatever is done in whatever order', async () => {
  const fixed = [signIn, signIn, signInWithOld, disable, enable, ...STEPS_OF_TIME.map(wait)];
  const numbered = [current, current, previous, older, refreshAtOnce, signOut, endByFirst, endAll];
  const steps = [
    ...fixed.map((each) => fc.constant(each)),
    ...[...numbered, changePassword(true), changePassword(false)].map((each) => fc.nat(3).map(each)),
  ];
  await fc.assert(
    fc.asyncProperty(fc.commands(steps, { maxCommands: 25, size: 'max' }), async (story) => {
      await fc.asyncModelRun(Machine.begin, story);
    }),
    { numRuns: 12, examples: RARE.map((story): [typeof story] => [story]) },
  );
}, 180_000);
