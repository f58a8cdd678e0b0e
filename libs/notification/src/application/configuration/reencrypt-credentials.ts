import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { CredentialBox, isOlderFraming } from '../../domain/configuration/credential-box.js';
import { ConfigurationStore } from './configuration-store.js';
import { isOurCode } from './known-codes.js';

/** What became of each credential. */
export interface Reencryption {
  reencrypted: number;
  /** Under today's key already, or changed by another in the meantime. */
  current: number;
  /** In the older framing under a code that is not ours: a service that still reads that one would lose it. */
  left: number;
  /** Codes whose credential cannot be opened here. */
  unusable: string[];
}

interface ReencryptionOptions {
  others?: boolean;
  onProgress?: (done: number, all: number) => void;
}

/**
 * Brings every credential under today's key, each by a statement of its own that is guarded by the old text. So it may
 * be stopped and started again, and run beside another one or beside `set`.
 */
@Injectable()
export class ReencryptCredentials {
  constructor(
    private readonly store: ConfigurationStore,
    private readonly credentials: CredentialBox,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @param others whether to renew the older framing of other services' rows too
   * @param onProgress how many rows were looked at, and how many there are
   * @throws DomainError `database.unavailable`; what was done until then stays done
   */
  async execute({ others = false, onProgress }: ReencryptionOptions = {}): Promise<Reencryption> {
    const result: Reencryption = { reencrypted: 0, current: 0, left: 0, unusable: [] };
    const rows = await this.store.list();
    try {
      for (const [at, { code, credential }] of rows.entries()) {
        if (credential !== null) await this.bring(code, credential, others, result);
        onProgress?.(at + 1, rows.length);
      }
    } finally {
      if (result.reencrypted > 0) await this.record(result);
    }
    return result;
  }

  private async bring(code: string, credential: string, others: boolean, result: Reencryption): Promise<void> {
    const state = this.credentials.stateOf(code, credential);
    if (state === 'current') result.current += 1;
    else if (isOlderFraming(credential) && !others && !isOurCode(code)) result.left += 1;
    else if (state === 'unusable') result.unusable.push(code);
    else result[(await this.renew(code, credential)) ? 'reencrypted' : 'current'] += 1;
  }

  private async renew(code: string, sealed: string): Promise<boolean> {
    const anew = this.credentials.seal(code, this.credentials.open(code, sealed));
    return await this.store.replaceCredential(code, sealed, anew);
  }

  private async record({ reencrypted }: Reencryption): Promise<void> {
    await this.audit.record({
      action: 'configuration.reencrypted',
      outcome: 'success',
      actor: { type: 'operator' },
      details: { reencrypted },
    });
  }
}
