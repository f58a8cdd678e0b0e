import { Injectable } from '@nestjs/common';
import { counter } from '@platform/telemetry';
import { DomainError } from '@platform/kernel';

const SCHEMES = ['email', 'phone', 'username'] as const;
const REASONS: Record<string, string> = {
  'auth.invalid-credentials': 'credentials',
  'otp.invalid-code': 'credentials',
  'auth.throttled': 'throttled',
  'otp.locked': 'throttled',
  'auth.busy': 'busy',
};
const OTHER = 'error';

/** Counts sign-ins by how they end, for the alert on failures. */
@Injectable()
export class CountSignIns {
  private readonly signIns = counter('identity_sign_ins_total', 'Sign-ins by how they ended.', [
    'scheme',
    'outcome',
    'reason',
  ]);

  constructor() {
    // An alert divides by these: every series exists, at 0, before its first event.
    for (const scheme of SCHEMES) {
      this.signIns.inc({ scheme, outcome: 'success', reason: '' }, 0);
      for (const reason of [...Object.values(REASONS), OTHER])
        this.signIns.inc({ scheme, outcome: 'failure', reason }, 0);
    }
  }

  async count<T>(scheme: (typeof SCHEMES)[number], signIn: () => Promise<T>): Promise<T> {
    try {
      const result = await signIn();
      this.signIns.inc({ scheme, outcome: 'success', reason: '' });
      return result;
    } catch (error) {
      const reason = (error instanceof DomainError && REASONS[error.code]) || OTHER;
      this.signIns.inc({ scheme, outcome: 'failure', reason });
      throw error;
    }
  }
}
