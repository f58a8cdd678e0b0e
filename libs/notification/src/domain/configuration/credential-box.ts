import { DomainError } from '@platform/kernel';
import { type BoxSecrets, SecretBox } from '../secret-box.js';
import { openOlderFraming } from './older-framing.js';

/** The secrets of the key file; `legacy` is the text that an older service sealed with. */
export type CredentialSecrets = BoxSecrets & { legacy?: string };

/** How a credential is kept: under today's key, in a way that should be renewed, or so that nobody here can open it. */
export type CredentialState = 'current' | 'outdated' | 'unusable';

/** How every text that SecretBox made begins. The dot is in no base64, so no older framing does. */
const OURS = /^v\d+\./;

/** Seals and opens the credentials of public."Configuration", each for the code of its row. */
export class CredentialBox {
  private readonly box: SecretBox;
  private readonly olderSecrets: string[];

  constructor(secrets: CredentialSecrets) {
    this.box = new SecretBox(secrets, 'credential');
    this.olderSecrets = olderSecrets(secrets);
  }

  seal(code: string, credential: string): string {
    return this.box.seal(credential, code);
  }

  /** @throws DomainError `configuration.unusable`, which names the code and never the value */
  open(code: string, sealed: string): string {
    try {
      if (!isOlderFraming(sealed)) return this.box.open(sealed, code);
    } catch (cause) {
      throw unusable(code, 'its credential cannot be opened', cause);
    }
    const opened = openOlderFraming(sealed, this.olderSecrets);
    if (opened === undefined) throw unusable(code, 'its credential cannot be opened');
    return opened;
  }

  stateOf(code: string, sealed: string): CredentialState {
    try {
      this.open(code, sealed);
      return this.box.isCurrent(sealed) ? 'current' : 'outdated';
    } catch {
      return 'unusable';
    }
  }
}

/** Whether a credential is not of our making: it may be one that another service still reads. */
export function isOlderFraming(sealed: string): boolean {
  return !OURS.test(sealed);
}

/** A row that is there and cannot be used; for the operator, so it is logged as an error. */
export function unusable(code: string, why: string, cause?: unknown): DomainError {
  return new DomainError({
    code: 'configuration.unusable',
    kind: 'unexpected',
    level: 'error',
    message: `The configuration ${code} cannot be used: ${why}.`,
    cause,
  });
}

/** The older service may have been given the very text of a line; a line can be spelt with `+/` or with `-_`. */
function olderSecrets({ current, previous, legacy }: CredentialSecrets): string[] {
  const lines = [current, ...(previous ? [previous] : [])];
  const texts = lines.flatMap((line) => [line.toString('base64'), line.toString('base64url')]);
  return [...(legacy === undefined ? [] : [legacy]), ...new Set(texts)];
}
