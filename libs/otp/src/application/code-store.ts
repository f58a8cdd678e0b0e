import type { OtpLimits, OtpNamespace } from '@platform/config';
import type { Macs } from '../domain/code-macs.js';

/** Whose code it is: `identifier` is canonical. */
export interface CodeAddress {
  namespace: OtpNamespace;
  identifier: string;
}

export type Issue = { kind: 'issued' } | { kind: 'locked' | 'cooldown' | 'quota'; retryAfterMs: number };
export type Guess = { kind: 'right' | 'wrong' } | { kind: 'locked'; retryAfterMs: number };

/** Codes and their limits. Everything about one code is decided in one step, for all processes together. */
export abstract class CodeStore {
  /** Keeps a new code, which ends the one before, unless a limit forbids it. */
  abstract issue(address: CodeAddress, macs: Macs, ttlSeconds: number, limits: OtpLimits): Promise<Issue>;

  /** Takes a code back that was issued and not sent: as if it had not been asked for. */
  abstract withdraw(address: CodeAddress, macs: Macs): Promise<void>;

  /** Counts a guess at the pending challenge and compares it. A right one spends the code. */
  abstract guess(address: CodeAddress, candidates: Macs[], limits: OtpLimits): Promise<Guess>;
}
