import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { modelStep } from '@platform/testing';
import { GenerateKey } from './application/generate-key.js';
import { KeyRingHolder } from './application/key-ring-holder.js';
import { ListKeys } from './application/list-keys.js';
import { LoadKeyRing } from './application/load-key-ring.js';
import { ReloadKeyRing } from './application/reload-key-ring.js';
import { RevokeKeys } from './application/revoke-keys.js';
import { RotateKeys } from './application/rotate-keys.js';
import { TokenSigner } from './application/token-signer.js';
import { TokenVerifier } from './application/token-verifier.js';
import { KeyDirectory } from './persistence/key-directory.js';
import { KeyModel } from './testing/key-model.js';
import { seconds, START, testClock, TTL_SECONDS } from './testing/keys.js';
import { decode, settings, subject } from './testing/tokens.js';

const SKEW = 60;
/** The least that a rotation takes. */
const LEAD = 43_200;

let folder: string;

beforeAll(async () => {
  Logger.overrideLogger(false);
  folder = await mkdtemp(join(tmpdir(), 'jwks-machine-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A directory of keys, what an operator does to it, a replica that is always up to date, and one that looks when told. */
class Machine {
  readonly clock = testClock();
  readonly generate: GenerateKey;
  readonly rotate: RotateKeys;
  readonly revoke: RevokeKeys;
  private readonly store: KeyDirectory;

  private constructor(directory: string) {
    this.store = new KeyDirectory(directory);
    this.generate = new GenerateKey(this.store, this.clock);
    this.rotate = new RotateKeys(this.store, this.clock, TTL_SECONDS);
    this.revoke = new RevokeKeys(this.store, this.clock, TTL_SECONDS);
  }

  prompt!: Awaited<ReturnType<Machine['replica']>>;
  late!: Awaited<ReturnType<Machine['replica']>>;

  static async begin(): Promise<{ model: KeyModel; real: Machine }> {
    const machine = new Machine(await mkdtemp(join(folder, 'story-')));
    const { kid } = await machine.generate.execute();
    [machine.prompt, machine.late] = [await machine.replica(), await machine.replica()];
    const model = new KeyModel(TTL_SECONDS);
    model.keys.push({ kid, from: 0 });
    model.note();
    return { model, real: machine };
  }

  /** Kid and beginning, in seconds, of every key that is not revoked. */
  async list(): Promise<Map<string | null, number>> {
    const keys = await new ListKeys(this.store, this.clock, TTL_SECONDS).execute();
    return new Map(
      keys.filter(({ state }) => state !== 'revoked').map(({ kid, activatesAt }) => [kid, secondsOf(activatesAt)]),
    );
  }

  private async replica() {
    const holder = new KeyRingHolder(await new LoadKeyRing(this.store, this.clock, TTL_SECONDS).execute());
    const jwt = new JwtService({});
    const signer = new TokenSigner(holder, jwt, this.clock, settings);
    const verifier = new TokenVerifier(holder, jwt, this.clock, settings);
    return {
      reload: new ReloadKeyRing(this.store, holder, this.clock, TTL_SECONDS),
      sign: () => signer.sign(subject).token,
      takes: (token: string) => {
        try {
          return verifier.verify(token).sub === subject.sub;
        } catch {
          return false;
        }
      },
      published: () =>
        holder
          .current()
          .published(this.clock.now())
          .map(({ kid }) => kid),
    };
  }
}

const secondsOf = (time: Date) => (time.getTime() - START.getTime()) / 1000;
const kidOf = (token: string) => String(decode(token.split('.')[0])['kid']);

/** What holds after every step. */
async function hold(model: KeyModel, machine: Machine): Promise<void> {
  const stored = await machine.list();
  for (const key of model.keys.filter((each) => model.mustPublish(each))) expect(stored.get(key.kid)).toBe(key.from);
  model.keys = model.keys.filter(({ kid }) => stored.has(kid)); // what is gone may be taken out
  expect(new Set(stored.keys())).toEqual(new Set(model.keys.map(({ kid }) => kid)));

  await machine.prompt.reload.execute();
  const token = machine.prompt.sign();
  expect(kidOf(token)).toBe(model.signer()?.kid);
  const published = machine.prompt.published();
  for (const key of model.keys)
    expect(published.includes(key.kid) ? model.mayPublish(key) : !model.mustPublish(key)).toBe(true);
  for (const kid of model.revoked) expect(published).not.toContain(kid);
  model.tokens.push({ token, kid: kidOf(token), madeAt: model.now });
  for (const each of model.tokens) expect(machine.prompt.takes(each.token)).toBe(model.isGood(each));
}

/** What was seen, and what the model expects. */
type Compared = [seen: unknown, expected: unknown] | undefined;

function step(name: string, run: (model: KeyModel, machine: Machine) => Promise<Compared>) {
  return modelStep<KeyModel, Machine>(name, async (model, machine) => {
    const [seen, expected] = (await run(model, machine)) ?? [];
    expect(seen).toEqual(expected);
    model.note();
    await hold(model, machine);
  });
}

const generate = (lead: number) =>
  step(`generate with a lead of ${lead} s`, async (model, { generate: order }) => {
    const from = model.signer() ? model.now + lead : model.now;
    const { kid, activatesAt } = await order.execute({ leadSeconds: lead, force: true });
    model.keys.push({ kid, from });
    return [secondsOf(activatesAt), from];
  });

const rotate = step('rotate', async (model, { rotate: order }) => {
  const from = model.now + LEAD;
  const expected = model.waiting().length > 0 ? 'keys.next-waiting' : from;
  try {
    const { key } = await order.execute({ leadSeconds: LEAD });
    model.keys.push({ kid: key!.kid, from });
    return [secondsOf(key!.activatesAt), expected];
  } catch (error) {
    return [(error as { code?: string }).code, expected];
  }
});

/** After a revocation: the newest that is left signs, else the next one at once, else one that was made for it. */
function heirOf(model: KeyModel, signing: string): { signing: string; isNew: boolean } {
  const heir = model.signer();
  if (heir && (model.mustPublish(heir) || heir.kid === signing)) return { signing: heir.kid, isNew: false };
  const next = model.waiting()[0];
  model.keys = model.waiting(); // and those leave that were gone
  if (next) next.from = model.now - SKEW;
  else model.keys.push({ kid: signing, from: model.now - SKEW });
  return { signing: next?.kid ?? signing, isNew: next === undefined };
}

const revoke = (which: string, choose: (model: KeyModel) => string | undefined) =>
  step(`revoke ${which}`, async (model, { revoke: order }) => {
    const kid = choose(model);
    if (kid === undefined) return undefined;
    const { revoked, ...heir } = await order.one(kid);
    if (model.revoked.has(kid)) return [revoked, []];
    model.keys = model.keys.filter((key) => model.mayPublish(key)); // what is gone does not come back
    model.revoke(kid);
    return [
      { revoked, ...heir },
      { revoked: [kid], ...heirOf(model, heir.signing) },
    ];
  });

const revokeSigner = revoke('the one that signs', (model) => model.signer()?.kid);
const STEPS = [
  generate(0),
  generate(61),
  generate(3600),
  rotate,
  revokeSigner,
  revoke('the one that waits', (model) => model.waiting()[0]?.kid),
  revoke('an older one', (model) => model.keys.find((key) => key !== model.signer() && model.mustPublish(key))?.kid),
  revoke('one again', (model) => [...model.revoked][0]),
  step('revoke all', async (model, { revoke: order }) => {
    const kids = model.keys.map(({ kid }) => kid);
    const { revoked, signing } = await order.all();
    for (const kid of kids) model.revoke(kid);
    model.keys = [{ kid: signing, from: model.now - SKEW }];
    return [revoked.toSorted(), kids.toSorted()];
  }),
];
/** None ends where a token or a key does. */
const wait = (time: number) =>
  step(`${time} s pass`, (model, { clock }) => {
    model.pass(time);
    clock.set(seconds(model.now));
    return Promise.resolve(undefined);
  });
const waits = [61, 899, 1000, 3601, 43_201].map(wait);
/** Stories that reach the rules which chance reaches seldom. */
const RARE = [
  [generate(61), wait(61), wait(1000), revokeSigner],
  [generate(61), wait(61), revokeSigner, wait(3601), revokeSigner],
];
const late = step('the other replica looks', async (model, { late: other, prompt }) => {
  await other.reload.execute();
  const seen = model.tokens.map(({ token }) => other.takes(token));
  const expected = model.tokens.map((each) => model.isGood(each));
  const signer = model.signer()?.kid;
  return [
    [seen, other.published(), kidOf(other.sign())],
    [expected, prompt.published(), signer],
  ];
});

it('sign, are published, verify and are trusted no more as the rules say, whatever is done in whatever order', async () => {
  const steps = [...STEPS, ...waits, ...waits, late].map((each) => fc.constant(each));
  await fc.assert(
    fc.asyncProperty(fc.commands(steps, { maxCommands: 25, size: 'max' }), async (story) => {
      await fc.asyncModelRun(Machine.begin, story);
    }),
    { numRuns: 40, examples: RARE.map((story): [typeof story] => [story]) },
  );
}, 90_000);
