import { DomainError } from '@platform/kernel';

/** What can be wrong with the signing keys; the stable part of `keys.<reason>`. */
export type KeyErrorReason =
  | 'unreadable'
  | 'malformed-manifest'
  | 'malformed-key'
  | 'unsupported-key'
  | 'weak-key'
  | 'algorithm-mismatch'
  | 'duplicate'
  | 'none-active'
  | 'invalid-lead'
  | 'lead-too-short'
  | 'next-waiting'
  | 'unknown-kid'
  | 'busy'
  | 'not-written'
  | 'store-refused';

/**
 * A refusal about the signing keys, always level `error`: without good keys the service must not run.
 * @param message names the file and what is wrong with it, never what it holds
 * @param cause only errors that cannot quote the file (JSON.parse's message does: leave it out)
 */
export function keyError(reason: KeyErrorReason, message: string, cause?: unknown): DomainError {
  return new DomainError({ code: `keys.${reason}`, kind: 'unexpected', level: 'error', message, cause });
}
