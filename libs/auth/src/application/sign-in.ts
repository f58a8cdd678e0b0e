import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { DomainError, loggedIdentifier, maskIdentifier } from '@platform/kernel';
import { requestContext } from '@platform/telemetry';
import { type CanonicalIdentifier, Directory, type SignInAccount } from '@identity/users';
import type { SessionGrant } from '../domain/session/session.js';
import { SessionStore } from './session/session-store.js';
import { GuardPassword } from './guard-password.js';

interface SignInRequest {
  identifier: CanonicalIdentifier;
  password: string;
  deviceToken?: string;
  audience: string;
  /** What the client calls itself. */
  device?: string;
}

/** Signs a person in by password. Unknown, wrong and disabled get one answer, after the same work. */
@Injectable()
export class SignIn {
  private readonly logger = new Logger(SignIn.name);

  constructor(
    private readonly directory: Directory,
    private readonly guard: GuardPassword,
    private readonly sessions: SessionStore,
    private readonly audit: AuditLog,
  ) {}

  /** @throws DomainError `auth.invalid-credentials`, `auth.throttled`, `auth.busy`, `database.unavailable` */
  async execute(request: SignInRequest): Promise<SessionGrant> {
    const { account, valid, needsRehash, deviceId } = await this.guard.check({
      ...request,
      findAccount: () => this.directory.findForSignIn(request.identifier),
    });
    const grant = valid && account ? await this.begin(request, account, deviceId) : undefined;
    if (account && grant && needsRehash) await this.guard.renewHash(account, request.password);
    if (grant) return grant;
    const { scheme, value } = request.identifier;
    this.logger.log({ ...loggedIdentifier(request.identifier), msg: 'sign-in failed' });
    await this.audit.record({
      action: 'sign-in.failed',
      outcome: 'failure',
      actor: { type: 'anonymous' },
      userId: account?.userId,
      details: { scheme, identifier: maskIdentifier(value) },
    });
    throw new DomainError({
      code: 'auth.invalid-credentials',
      kind: 'unauthenticated',
      message: 'The identifier or the credential is wrong.',
    });
  }

  /** Nothing when the account was disabled or deleted, or its password changed, since that was read. */
  private async begin(
    request: SignInRequest,
    { userId, passwordChangedAt }: SignInAccount,
    deviceId: string,
  ): Promise<SessionGrant | undefined> {
    const { scheme } = request.identifier;
    return await this.sessions.create(
      {
        userId,
        passwordChangedAt,
        deviceId,
        device: request.device,
        ip: requestContext().clientAddress,
        amr: ['pwd'],
        audience: request.audience,
      },
      (sessionId) => ({
        action: 'sign-in.succeeded',
        outcome: 'success',
        actor: { type: 'user', id: userId },
        userId,
        details: { sessionId, scheme },
      }),
    );
  }
}
