import { createHash } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { type Clock, DomainError } from '@platform/kernel';
import { counter } from '@platform/telemetry';
import type { KeyRing } from '../domain/key-ring.js';
import type { StoredKeys } from '../domain/stored-keys.js';
import type { KeyRingHolder } from './key-ring-holder.js';
import type { KeyStore } from './key-store.js';
import { toActiveRing } from './load-key-ring.js';

/** Whether the ring in use is what the store holds; the code says what is wrong with the latter, and names no path. */
export type ReloadState = { status: 'up' } | { status: 'failing'; code: string; since: string };

/** Puts what the store holds in use whenever it has changed; what is not usable leaves the ring as it is, and is told. */
export class ReloadKeyRing {
  private readonly logger = new Logger('KeyRing');
  private readonly failures = counter(
    'identity_key_ring_reload_failures_total',
    'Reloads of the signing keys that failed.',
  );
  /** Digest of what is in use: the texts of private keys need not lie about in memory. */
  private inUse: string | undefined;
  private failing: { code: string; since: string } | undefined;
  /** Kid of the key that was signing at the last look. */
  private signing: string | undefined;
  private readonly told = new Set<string>();

  constructor(
    private readonly store: KeyStore,
    private readonly holder: KeyRingHolder,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly tokenTtlSeconds: number,
  ) {}

  /** Looks once. Never throws: the service goes on with the keys that it has. */
  async execute(): Promise<void> {
    try {
      const stored = await this.store.read();
      const digest = digestOf(stored);
      if (digest !== this.inUse)
        this.use(toActiveRing(stored, this.store.name, this.tokenTtlSeconds, this.clock.now()));
      this.inUse = digest;
      this.recover();
    } catch (error) {
      this.fail(error);
    }
    this.tellSigning();
  }

  state(): ReloadState {
    return this.failing ? { status: 'failing', ...this.failing } : { status: 'up' };
  }

  private use(ring: KeyRing): void {
    const now = this.clock.now();
    const before = this.holder.current();
    if (describe(before) === describe(ring)) return;
    this.holder.replace(ring);
    const states = ring.states(now).map(({ key, state }) => `${key.kid} ${state}`);
    const { kid } = ring.signing(now);
    this.logger.log({ kid, msg: `signing keys changed: ${states.join(', ')}` });
    for (const lost of before.lostIn(ring, now)) {
      this.logger.warn({
        kid: lost.kid,
        msg:
          `key ${lost.kid} was taken away while tokens of it live: they are refused from now on. Was it meant? ` +
          `\`identity keys revoke\` makes sure that it does not come back`,
      });
    }
    if (before.find(kid, now)) return;
    const msg = `key ${kid} signs without having been published before: sisters that cache keys refuse its tokens`;
    this.logger.warn({ kid, msg });
  }

  /** Time alone moves the ring on: without this line the log would not say when another key began to sign. */
  private tellSigning(): void {
    const states = this.holder.current().states(this.clock.now());
    const kid = states.find(({ state }) => state === 'signing')?.key.kid;
    if (kid !== this.signing && this.signing !== undefined) {
      this.logger.log({ kid, msg: `key ${kid} signs now, in the place of ${this.signing}` });
    }
    this.signing = kid;
  }

  /** Counted at each look, so that an alert stays on while it lasts; logged once until it is mended. */
  private fail(error: unknown): void {
    this.failures.inc();
    const { code, message } = explain(error);
    this.failing = { code, since: this.failing?.since ?? this.clock.now().toISOString() };
    if (this.told.has(message)) return;
    this.told.add(message);
    this.logger.error(`the signing keys stay as they are, since the new ones are not usable: ${message}`);
  }

  private recover(): void {
    if (!this.failing) return;
    this.logger.log(`the signing keys are usable again, after ${this.failing.code} since ${this.failing.since}`);
    this.failing = undefined;
    this.told.clear();
  }
}

/** Ours name the file and no content. Of any other error the message is unknown to us, and may quote what it read. */
function explain(error: unknown): { code: string; message: string } {
  if (error instanceof DomainError) return { code: error.code, message: error.message };
  return { code: 'keys.unreadable', message: error instanceof Error ? error.name : 'unknown' };
}

function digestOf({ manifest, pems }: StoredKeys): string {
  return createHash('sha256')
    .update(JSON.stringify([manifest, [...pems]]))
    .digest('base64');
}

/** What of a ring makes a difference. */
function describe(ring: KeyRing): string {
  const keys = ring.states(new Date(0)).map(({ key: { kid, alg, activatesAt } }) => [kid, alg, activatesAt]);
  return JSON.stringify([keys, ring.revoked]);
}
