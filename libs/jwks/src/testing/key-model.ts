import { MAX_CLOCK_SKEW_SECONDS } from '../domain/key-ring.js';

/** A key as the model knows it; times in seconds since the beginning of the story. */
export interface ModelKey {
  kid: string;
  /** Signs from here, until a later one does. */
  from: number;
  /** When it last was the one that signs. */
  lastSigned?: number;
}

/** Of two that begin together the later kid comes last. */
function byAge(a: ModelKey, b: ModelKey): number {
  return a.from - b.from || (a.kid < b.kid ? -1 : 1);
}

/** What must hold of keys, from what has happened and without intervals of the future. */
export class KeyModel {
  now = 0;
  keys: ModelKey[] = [];
  readonly revoked = new Set<string>();
  readonly tokens: { token: string; kid: string; madeAt: number }[] = [];

  constructor(private readonly ttlSeconds: number) {}

  /** The newest key that is active. */
  signer(): ModelKey | undefined {
    const active = this.keys.filter(({ from }) => from <= this.now);
    return active.toSorted(byAge).at(-1);
  }

  waiting(): ModelKey[] {
    return this.keys.filter(({ from }) => from > this.now).toSorted(byAge);
  }

  /** Time passes from one activation to the next, so that it is known who signed last when. */
  pass(seconds: number): void {
    const end = this.now + seconds;
    for (const { from } of this.waiting().filter((key) => key.from <= end)) this.moveTo(from);
    this.moveTo(end);
  }

  /** Who signs may have changed at this moment. */
  note(): void {
    const signer = this.signer();
    if (signer) signer.lastSigned = this.now;
  }

  revoke(kid: string): void {
    this.note();
    this.revoked.add(kid);
    this.keys = this.keys.filter((key) => key.kid !== kid);
  }

  /** Published without a doubt: it waits, it signs, or a token that it signed may live. */
  mustPublish({ from, lastSigned = -Infinity }: ModelKey): boolean {
    return from > this.now || this.now < lastSigned + this.stay;
  }

  /** Published at most: until what its successor leaves it. A revoked one between them may have shortened that. */
  mayPublish(key: ModelKey): boolean {
    const later = this.keys.filter((other) => byAge(key, other) < 0);
    return this.now < Math.min(...later.map(({ from }) => from)) + this.stay;
  }

  /** Whether a token is to be taken: its key is not revoked, and it has not run out. */
  isGood({ kid, madeAt }: KeyModel['tokens'][number]): boolean {
    return !this.revoked.has(kid) && this.now <= madeAt + this.ttlSeconds;
  }

  private moveTo(time: number): void {
    const before = this.signer();
    this.now = time;
    if (before) before.lastSigned = time;
    this.note();
  }

  private get stay(): number {
    return this.ttlSeconds + MAX_CLOCK_SKEW_SECONDS;
  }
}
