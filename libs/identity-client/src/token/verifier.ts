import { IdentityClientError, TokenInvalidError } from '../errors.js';
import { tell } from '../hooks.js';
import type { VerificationKey } from '../keys/verification-key.js';
import type { FeedState } from '../revocations/options.js';
import { waitFor } from '../transport/wait.js';
import { type CompactJws, decodeCompact, readOnce } from './compact-jws.js';
import { assemble, type VerifierOptions, type VerifyEvent } from './options.js';
import { type Principal, toPrincipal } from './principal.js';

/** Verifies access tokens of the identity service with its published keys. Close it when the process ends. */
export class Verifier implements AsyncDisposable {
  private readonly parts: ReturnType<typeof assemble>;

  /** @throws TypeError or RangeError for options that cannot be meant */
  constructor(options: VerifierOptions) {
    this.parts = assemble(options);
  }

  /**
   * Waits for nothing when the token's key is at hand.
   * @param token the text behind `Bearer `
   * @throws TokenInvalidError (401), KeysUnavailableError (503), or the signal's reason
   */
  async verify(token: string, { signal }: { signal?: AbortSignal } = {}): Promise<Principal> {
    const { clock, hooks } = this.parts;
    if (!hooks.onVerify) return await this.check(token, signal);
    const began = clock.monotonic();
    let outcome: VerifyEvent['outcome'] = 'ok';
    try {
      return await this.check(token, signal);
    } catch (error) {
      outcome = error instanceof IdentityClientError ? (error.code as VerifyEvent['outcome']) : 'aborted';
      throw error;
    } finally {
      tell(hooks.onVerify, { outcome, milliseconds: clock.monotonic() - began });
    }
  }

  /**
   * Fetches the keys, and what the feed of ended sessions has, if it answers. For the start, and for a readiness probe.
   * @throws KeysUnavailableError when no keys can be had
   */
  async ready({ signal }: { signal?: AbortSignal } = {}): Promise<void> {
    const { keys, feed } = this.parts;
    const caughtUp = feed?.start();
    await keys.load(signal);
    if (caughtUp) await waitFor(caughtUp, signal);
  }

  /** What is known at the moment: for health pages. */
  state(): { keys: number; keysAgeMs: number | undefined; feed: FeedState | undefined } {
    const { keys, ageMs } = this.parts.keys.state();
    return { keys, keysAgeMs: ageMs, feed: this.parts.feed?.state() };
  }

  /** Ends timers and connections. */
  async close(): Promise<void> {
    this.parts.keys.close();
    await this.parts.feed?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private async check(token: string, signal: AbortSignal | undefined): Promise<Principal> {
    signal?.throwIfAborted();
    const { keys, feed } = this.parts;
    void feed?.start();
    const jws = decodeCompact(token);
    const known = keys.known(jws.kid);
    return this.checkBy(known ?? (await keys.find(jws.kid, signal)), jws);
  }

  private checkBy(key: VerificationKey, { alg, signed, signature, payload }: CompactJws): Principal {
    const { clock, expected, feed } = this.parts;
    // The key decides the algorithm, never the token (RFC 8725 §3.1).
    if (alg !== key.alg) throw new TokenInvalidError('algorithm', 'The algorithm is not that of the key.');
    if (!key.verifies(signed, signature)) throw new TokenInvalidError('signature', 'The signature is wrong.');
    const principal = toPrincipal(readOnce(payload), expected, clock.now().getTime() / 1000);
    if (feed?.hasEnded(principal.sessionId)) throw new TokenInvalidError('revoked', 'The session has ended.');
    return principal;
  }
}

/** @throws TypeError or RangeError for options that cannot be meant */
export function createVerifier(options: VerifierOptions): Verifier {
  return new Verifier(options);
}
