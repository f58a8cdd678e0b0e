import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '@platform/database';
import { freePort, poll } from '@platform/testing';
import { runIdentity } from '../support/run-identity.js';
import { type SpawnedService, spawnService, untilReady } from '../support/spawn-service.js';
import { prepareEnvironment } from '../support/start-service.js';
import type { Answer, Tokens } from '../support/client.js';
import { consumers, signatureOf, type TokenConsumer } from '../support/verifiers.js';

/** A second for each minute: the leads of this test are a quarter of an hour for those who cache for ten minutes. */
const SPEED = 60;
const LEAD_SECONDS = 15;
const SECONDS = 60;
const TTL_SECONDS = 30;
/** A retired key stays as long as its last token and the skew of clocks. */
const STAY_SECONDS = TTL_SECONDS + 60;
/** When the key before the first leaves, counted from the start. */
const LEAVES_AFTER_SECONDS = 40;
/** Tokens are verified again while they live, with some seconds to spare. */
const KEPT_MS = 20_000;
const PAUSE_MS = 25;
const WATCH_MS = 100;

let prepared: Awaited<ReturnType<typeof prepareEnvironment>>;
let traffic: Traffic;
/** The key that was retired before all this, and the second from which on it is gone. */
let retired: { kid: string; leavesAt: number };

beforeAll(async () => {
  prepared = await prepareEnvironment({ ACCESS_TOKEN_TTL_SECONDS: String(TTL_SECONDS), SNOWFLAKE_WORKER_ID: 'auto' });
  await migrate(prepared.env.DATABASE_URL ?? '');
  const second = { ...prepared.env, PORT: String(await freePort()), MANAGEMENT_PORT: String(await freePort()) };
  await identity('rotate', '--force', '--lead-seconds', '0');
  retired = await retireFirstKey();
  const replicas = [spawnService(prepared.env), spawnService(second)] as const;
  await Promise.all(replicas.map(untilReady));
  const jwksUri = `${replicas[0].origin}/jw-certs`;
  const trust = { jwksUri, issuer: prepared.env.JWT_ISSUER ?? '', audience: 'nx-seller' };
  traffic = new Traffic(replicas, consumers(trust, SPEED));
});
afterAll(async () => {
  await traffic.stop();
  await prepared.release();
});

async function identity(...args: string[]): Promise<{ kid: string; activatesAt: string }> {
  const { code, out, err } = await runIdentity(prepared.env, ['keys', ...args, '--json']);
  if (code !== 0) throw new Error(err);
  return JSON.parse(out) as { kid: string; activatesAt: string };
}

/** Dates the two keys back (their files are named for them), so that the first leaves while this test looks. */
async function retireFirstKey(): Promise<typeof retired> {
  const path = join(prepared.env.JWKS_DIR ?? '', 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as { keys: { file: string; activatesAt: string }[] };
  const [first, second] = manifest.keys;
  if (!first || !second) throw new Error('two keys were made');
  const leavesAt = Math.floor(Date.now() / 1000) + LEAVES_AFTER_SECONDS;
  first.activatesAt = new Date((leavesAt - STAY_SECONDS - 3600) * 1000).toISOString();
  second.activatesAt = new Date((leavesAt - STAY_SECONDS) * 1000).toISOString();
  await writeFile(path, JSON.stringify(manifest));
  return { kid: first.file.slice('es256-'.length, -'.pem'.length), leavesAt };
}

/** People who sign in and refresh at two replicas, and sisters that verify what they bring. */
class Traffic {
  readonly refused: string[] = [];
  readonly issued: { token: string; at: number; replica: number }[] = [];
  readonly published: { second: number; kids: string[]; replica: number }[] = [];
  readonly counts = { signIns: 0, refreshes: 0, verifications: 0 };
  private endsAt = 0;

  constructor(
    private readonly replicas: readonly [SpawnedService, SpawnedService],
    private readonly sisters: Record<string, TokenConsumer>,
  ) {}

  async run(seconds: number): Promise<void> {
    this.endsAt = Date.now() + seconds * 1000;
    const each = ([0, 1] as const).flatMap((at) => [this.signIn(at), this.refresh(at), this.watch(at)]);
    await Promise.all([...each, this.verifyOlder()]);
  }

  async stop(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.stop()));
    await Promise.all(Object.values(this.sisters).map((sister) => sister.close()));
  }

  private async signIn(at: 0 | 1): Promise<void> {
    const { client } = this.replicas[at];
    const { username } = await client.signUp();
    for (; this.isOn(); await setTimeout(PAUSE_MS)) {
      this.counts.signIns += 1;
      await this.take(await client.signIn(username), at);
    }
  }

  /** One session, from one replica to the other. */
  private async refresh(first: 0 | 1): Promise<void> {
    let at = first;
    let { refreshToken } = await this.replicas[at].client.signUp();
    for (; this.isOn(); await setTimeout(PAUSE_MS)) {
      at = at === 0 ? 1 : 0;
      this.counts.refreshes += 1;
      refreshToken = (await this.take(await this.replicas[at].client.refresh(refreshToken), at))?.refreshToken ?? '';
    }
  }

  private async take({ status, body, text }: Answer, replica: number): Promise<Tokens | undefined> {
    if (status !== 200) this.refused.push(`replica ${replica} answered ${status}: ${text}`);
    if (status !== 200) return undefined;
    const tokens = body as Tokens;
    this.issued.push({ token: tokens.accessToken, at: Date.now(), replica });
    await this.verify(tokens.accessToken);
    return tokens;
  }

  private async verifyOlder(): Promise<void> {
    for (let turn = 0; this.isOn(); turn += 1) {
      const living = this.issued.filter(({ at }) => Date.now() - at < KEPT_MS);
      const one = living[turn % Math.max(living.length, 1)];
      if (one) await this.verify(one.token);
      await setTimeout(PAUSE_MS);
    }
  }

  private async verify(token: string): Promise<void> {
    for (const [name, sister] of Object.entries(this.sisters)) {
      this.counts.verifications += 1;
      await sister.verify(token).catch((error: Error) => this.refused.push(`${name}: ${error.message}`));
    }
  }

  private async watch(at: 0 | 1): Promise<void> {
    for (; this.isOn(); await setTimeout(WATCH_MS)) {
      const second = Math.floor(Date.now() / 1000);
      const answer = await fetch(`${this.replicas[at].origin}/jw-certs`);
      const { keys } = (await answer.json()) as { keys: { kid: string }[] };
      // What was asked around the turn of a second may belong to either.
      if (second === Math.floor(Date.now() / 1000)) {
        this.published.push({ second, kids: keys.map(({ kid }) => kid), replica: at });
      }
    }
  }

  private isOn(): boolean {
    return Date.now() < this.endsAt;
  }
}

/** Twice, the second once the first signs: kid and second of each. */
async function rotateTwice(): Promise<{ kid: string; at: number }[]> {
  const rotations: { kid: string; at: number }[] = [];
  for (let turn = 0; turn < 2; turn += 1) {
    const { kid, activatesAt } = await identity('rotate', '--force', '--lead-seconds', String(LEAD_SECONDS));
    rotations.push({ kid, at: Date.parse(activatesAt) / 1000 });
    await poll(
      'the new key signs',
      LEAD_SECONDS + 15,
      () => traffic.issued.some(({ token }) => signatureOf(token).kid === kid) || undefined,
    );
  }
  return rotations;
}

it(
  'two rotations under load: nothing is refused, replicas change at the same second, a key leaves when it may',
  { timeout: (SECONDS + 60) * 1000 },
  async () => {
    const [rotations] = await Promise.all([rotateTwice(), traffic.run(SECONDS)]);
    const { issued, published, refused, counts } = traffic;
    expect([refused.length, refused.slice(0, 5)]).toEqual([0, []]);
    expect(Math.min(counts.signIns, counts.refreshes, counts.verifications / 8)).toBeGreaterThan(SECONDS);

    const signatures = issued.map(({ token, replica }) => ({ ...signatureOf(token), replica }));
    const first = signatures[0]?.kid;
    const steps = [{ kid: first, at: -Infinity }, ...rotations];
    // A key that begins within a second has signed some of that second's tokens.
    const allowed = (second: number) =>
      [Math.floor, Math.ceil].map((turn) => steps.findLast(({ at }) => second >= turn(at))?.kid);
    expect(signatures.filter(({ kid, second }) => !allowed(second).includes(kid))).toEqual([]);
    for (const { kid } of rotations) {
      expect(new Set(signatures.filter((one) => one.kid === kid).map(({ replica }) => replica))).toEqual(
        new Set([0, 1]),
      );
    }
    const wrong = published.filter(({ second, kids }) => kids.includes(retired.kid) !== second < retired.leavesAt);
    expect(wrong.map(({ second, replica }) => [second - retired.leavesAt, replica])).toEqual([]);
    for (const replica of [0, 1]) {
      const seen = published.filter((one) => one.replica === replica).map(({ second }) => second < retired.leavesAt);
      expect(new Set(seen)).toEqual(new Set([true, false]));
    }
  },
);
