import { Injectable, Logger } from '@nestjs/common';
import { requestContext } from '@platform/telemetry';
import { type CanonicalIdentifier, Directory, type SignInAccount } from '@identity/users';
import { SessionTokens } from '../domain/session/session-tokens.js';
import { PasswordHasher } from './password/password-hasher.js';
import { addressLane, deviceLane, identifierLane, type Lane } from './throttle/lanes.js';
import { type Reservation, SignInThrottle } from './throttle/sign-in-throttle.js';

interface Attempt {
  identifier: Pick<CanonicalIdentifier, 'scheme' | 'value'> | { scheme: 'user'; value: string };
  password: string;
  /** Looks the account up. Not done for who brings no device token and is turned away: his lanes do not depend on it. */
  findAccount: () => Promise<SignInAccount | undefined>;
  deviceToken?: string;
}

interface Verdict {
  account: SignInAccount | undefined;
  /** Whether the password is that of an active account. */
  valid: boolean;
  /** Whether its hash has other parameters than today's; only ever true together with `valid`. */
  needsRehash: boolean;
  /** The known device, or a new one. */
  deviceId: string;
}

/** The one guard before every password that is compared: throttled, counted first, the same work for nobody's account. */
@Injectable()
export class GuardPassword {
  private readonly logger = new Logger(GuardPassword.name);

  constructor(
    private readonly directory: Directory,
    private readonly hasher: PasswordHasher,
    private readonly throttle: SignInThrottle,
    private readonly tokens: SessionTokens,
  ) {}

  /** @throws DomainError `auth.throttled`, `auth.busy`, and whatever looking up the account throws */
  async check(attempt: Attempt): Promise<Verdict> {
    const { account, knownDevice, lanes } = await this.openLanes(attempt);
    const verdict = await this.compare(attempt.password, account, lanes);
    return { ...verdict, account, deviceId: knownDevice ?? this.tokens.newDeviceId() };
  }

  /** The lanes that the attempt counts on, none of them known to be locked. */
  private async openLanes({ identifier, findAccount, deviceToken }: Attempt) {
    const shared = sharedLanes(identifier);
    if (deviceToken === undefined) this.throttle.check(shared);
    const account = await findAccount();
    const knownDevice = this.knownDevice(deviceToken, account);
    const lanes = knownDevice ? [deviceLane(knownDevice)] : shared;
    if (deviceToken !== undefined) this.throttle.check(lanes);
    return { account, knownDevice, lanes };
  }

  private async compare(password: string, account: SignInAccount | undefined, lanes: Lane[]) {
    let reservation: Reservation | undefined;
    try {
      const verdict = await this.hasher.verify(password, account?.passwordHash, async () => {
        reservation = await this.throttle.reserve(lanes);
      });
      const valid = verdict.valid && account?.status === 'active';
      if (reservation) await this.settle(reservation, valid);
      return { valid, needsRehash: valid && verdict.needsRehash };
    } catch (error) {
      if (reservation) await this.throttle.release(reservation);
      throw error;
    }
  }

  /** A success is not waited for: Redis clears before any later attempt of this process, and the session begins meanwhile. */
  private async settle(reservation: Reservation, valid: boolean): Promise<void> {
    if (!valid) await this.throttle.fail(reservation);
    else this.throttle.succeed(reservation).catch((error: unknown) => this.logger.warn(error));
  }

  /**
   * A device token counts for its own user alone: one from an attacker's account opens no lane to the owner's. Nor does
   * one from before the password was changed: whoever knew the old one may have made any number of them.
   */
  private knownDevice(deviceToken: string | undefined, account: SignInAccount | undefined): string | undefined {
    const device = deviceToken === undefined ? undefined : this.tokens.openDevice(deviceToken);
    if (!device || device.userId !== account?.userId) return undefined;
    return device.issuedAt.getTime() >= milliseconds(account.passwordChangedAt) ? device.deviceId : undefined;
  }

  /**
   * Brings an older hash up to today's parameters, once its password has been proven. Guarded by the old hash; when it
   * fails, the next sign-in tries again.
   */
  async renewHash({ userId, passwordHash = '' }: SignInAccount, password: string): Promise<void> {
    try {
      await this.directory.renewPasswordHash(userId, passwordHash, await this.hasher.hash(password));
    } catch (error) {
      this.logger.warn(`a password hash could not be renewed: ${(error as Error).message}`);
    }
  }
}

/** PostgreSQL's text for a time, whole milliseconds: a session begun in the same transaction is not older. */
function milliseconds(time = '1970-01-01 00:00:00+00'): number {
  return new Date(time.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).getTime();
}

/** Who is signed in already is counted alone: guesses of others behind the same address are none of his. */
function sharedLanes(identifier: Attempt['identifier']): Lane[] {
  const own = identifierLane(identifier.scheme, identifier.value);
  return identifier.scheme === 'user' ? [own] : [own, addressLane(requestContext().clientAddress ?? 'unknown')];
}
