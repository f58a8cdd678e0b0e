import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { modelStep, testRedisUrl } from '@platform/testing';
import { slotKeys } from './persistence/slot-keys.js';
import { mailOrder, type Otp, otpOn, outcomes, wrong } from './testing/otp.js';

const LIMITS = { maxAttempts: 3, dailyQuota: 4 };
const SECONDS = { code: 600, cooldown: 60, lock: 900, quota: 86_400 };
const AT_ONCE = 5;

let connections: Redis[];
let otps: Otp[];

beforeAll(async () => {
  Logger.overrideLogger(false);
  const url = await testRedisUrl();
  connections = [new Redis(url), new Redis(url)];
  otps = connections.map((connection) => otpOn(connection, { limits: LIMITS }));
});

afterAll(async () => {
  await Promise.all(connections.map((connection) => connection.quit()));
});

/** The rules in their plainest form: what there is, and until when, in seconds. */
class Model {
  private now = 0;
  private codeUntil = 0;
  private lockedUntil = 0;
  private coolingUntil = 0;
  private guesses = { count: 0, until: 0 };
  private quota = { sent: 0, until: 0 };

  pass(seconds: number): void {
    this.now += seconds;
    if (this.guesses.until <= this.now) this.guesses.count = 0;
    if (this.quota.until <= this.now) this.quota.sent = 0;
  }

  unlock(): void {
    this.lockedUntil = 0;
  }

  ask(): string {
    if (this.lockedUntil > this.now) return 'otp.locked';
    if (this.coolingUntil > this.now) return 'otp.cooldown';
    if (this.quota.sent === LIMITS.dailyQuota) return 'otp.quota-exceeded';
    if (this.quota.sent === 0) this.quota.until = this.now + SECONDS.quota;
    this.quota.sent += 1;
    this.codeUntil = this.now + SECONDS.code;
    this.coolingUntil = this.now + SECONDS.cooldown;
    return 'ok';
  }

  guess(what: 'right' | 'wrong' | 'of another challenge'): string {
    if (this.lockedUntil > this.now) return 'otp.locked';
    if (this.codeUntil <= this.now || what === 'of another challenge') return 'otp.invalid-code';
    if (what === 'right') {
      [this.codeUntil, this.guesses.count] = [0, 0];
      return 'ok';
    }
    this.guesses = { count: this.guesses.count + 1, until: this.now + SECONDS.lock };
    if (this.guesses.count === LIMITS.maxAttempts) {
      this.lockedUntil = this.now + SECONDS.lock;
      [this.codeUntil, this.coolingUntil, this.guesses.count] = [0, 0, 0];
    }
    return 'otp.invalid-code';
  }
}

/** The service for one address, with the newest code and the one before it. */
class Machine {
  private readonly order = mailOrder();
  private readonly keys = slotKeys({ ...this.order, identifier: this.order.identifier.value }, false);
  private newest = { challengeId: 'none', code: '000000' };
  private before = this.newest;

  async ask(): Promise<void> {
    const { challengeId } = await otps[0]!.request.execute(this.order);
    this.before = this.newest;
    this.newest = { challengeId, code: otps[0]!.queue.code };
  }

  /** By one of two processes. */
  guess(changes: object = {}, process = 0): Promise<void> {
    return otps[process % 2]!.verify.execute({ ...this.order, ...this.newest, ...changes });
  }

  wrong(process = 0): Promise<void> {
    return this.guess({ code: wrong(this.newest.code) }, process);
  }

  replay(): Promise<void> {
    return this.guess(this.before);
  }

  /** What Redis does by itself in that time. */
  async pass(seconds: number): Promise<void> {
    const move = async (key: string) => {
      const left = (await connections[0]!.pttl(key)) - seconds * 1000;
      await (left > 0 ? connections[0]!.pexpire(key, left) : connections[0]!.del(key));
    };
    await Promise.all(this.keys.map(move));
  }

  /** As the runbook says. */
  async unlock(): Promise<void> {
    await connections[0]!.del(this.keys[2]);
  }
}

const seen = new Set<string>();

/** A step that is answered. */
function answered(name: string, expected: (model: Model) => string, act: (machine: Machine) => Promise<unknown>) {
  return modelStep<Model, Machine>(name, async (model, machine) => {
    const answer = expected(model);
    seen.add(`${name}: ${answer}`);
    expect((await outcomes([act(machine)]))[0]).toBe(answer);
  });
}

/** The same step so many times at once: in whichever order they are taken, the answers are those of one after the other. */
function atOnce(
  name: string,
  expected: (model: Model) => string,
  act: (machine: Machine, at: number) => Promise<unknown>,
) {
  return modelStep<Model, Machine>(`${AT_ONCE} × ${name} at once`, async (model, machine) => {
    const answers = Array.from({ length: AT_ONCE }, () => expected(model));
    const acts = Array.from({ length: AT_ONCE }, (_, at) => act(machine, at));
    expect((await outcomes(acts)).toSorted()).toEqual(answers.toSorted());
  });
}

/** None ends where something else does, else it would matter how long the test takes. */
const WAITS = [61, 601, 901, 86_401];
const ask = answered(
  'ask',
  (model) => model.ask(),
  (machine) => machine.ask(),
);
const right = answered(
  'right',
  (model) => model.guess('right'),
  (machine) => machine.guess(),
);
const wrongly = answered(
  'wrong',
  (model) => model.guess('wrong'),
  (machine) => machine.wrong(),
);
const STEPS = [
  ask,
  right,
  wrongly,
  answered(
    'replay',
    (model) => model.guess('of another challenge'),
    (machine) => machine.replay(),
  ),
  answered(
    'foreign',
    (model) => model.guess('of another challenge'),
    (machine) => machine.guess({ challengeId: 'foreign' }),
  ),
  modelStep<Model, Machine>('DEL lock', async (model, machine) => {
    model.unlock();
    await machine.unlock();
  }),
  atOnce(
    'ask',
    (model) => model.ask(),
    (machine) => machine.ask(),
  ),
  atOnce(
    'right',
    (model) => model.guess('right'),
    (machine, at) => machine.guess({}, at),
  ),
  atOnce(
    'wrong',
    (model) => model.guess('wrong'),
    (machine, at) => machine.wrong(at),
  ),
];
const waits = WAITS.map((seconds) =>
  modelStep<Model, Machine>(`${seconds} s pass`, async (model, machine) => {
    model.pass(seconds);
    await machine.pass(seconds);
  }),
);
const cool = waits[0]!;
/** Stories that reach the rules which chance reaches seldom. */
const RARE = [
  [ask, cool, ask, cool, ask, cool, ask, cool, ask],
  [ask, wrongly, wrongly, wrongly, right, ask, ...waits, ask, right],
];

it('answers as the rules say, whatever is done in whatever order and at whatever time', async () => {
  const steps = [...STEPS, ask, right, wrongly, ...waits, cool, cool].map((step) => fc.constant(step));
  await fc.assert(
    fc.asyncProperty(fc.commands(steps, { maxCommands: 50, size: 'max' }), async (story) => {
      await fc.asyncModelRun(() => ({ model: new Model(), real: new Machine() }), story);
    }),
    { numRuns: 100, examples: RARE.map((story): [typeof story] => [story]) },
  );
  for (const reached of ['ask: otp.quota-exceeded', 'right: otp.locked', 'ask: otp.locked', 'right: ok'])
    expect(seen).toContain(reached);
});
