import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { JwksModule } from '@identity/jwks';
import { NotificationModule } from '@identity/notification';
import { OtpAdminModule, OtpModule } from '@identity/otp';
import { readSecretFile, SETTINGS, type Settings } from '@platform/config';
import { ChangePassword } from './application/change-password.js';
import { ClaimPhone } from './application/code/claim-phone.js';
import { PhoneAccounts } from './application/code/phone-accounts.js';
import { CompleteChallenge } from './application/code/complete-challenge.js';
import { PendingSignUps } from './application/code/pending-sign-ups.js';
import { ProveAddress } from './application/code/prove-address.js';
import { RequestSignUp } from './application/code/request-sign-up.js';
import { SignInByPhone } from './application/code/sign-in-by-phone.js';
import { CommitPasswordChange } from './application/commit-password-change.js';
import { CreateAccount } from './application/create-account.js';
import { GuardPassword } from './application/guard-password.js';
import { AddIdentifier } from './application/identifiers/add-identifier.js';
import { AttachIdentifier } from './application/identifiers/attach-identifier.js';
import { RemoveIdentifier } from './application/identifiers/remove-identifier.js';
import { RequireFreshSignIn } from './application/identifiers/require-fresh-sign-in.js';
import { HashNewPassword } from './application/password/hash-new-password.js';
import { CommitPasswordReset } from './application/password-reset/commit-password-reset.js';
import { IssueResetToken } from './application/password-reset/issue-reset-token.js';
import { ResetPassword } from './application/password-reset/reset-password.js';
import { SendResetNotice } from './application/password-reset/send-reset-notice.js';
import { StartPasswordReset } from './application/password-reset/start-password-reset.js';
import { OwnSessions } from './application/own-sessions.js';
import { AdministerSessions } from './application/session/administer-sessions.js';
import { IntrospectToken } from './application/session/introspect-token.js';
import { IssueTokens } from './application/session/issue-tokens.js';
import { RefreshSession } from './application/session/refresh-session.js';
import { VerifyAccessToken } from './application/session/verify-access-token.js';
import { SignIn } from './application/sign-in.js';
import { SignUp } from './application/sign-up.js';
import { TellOwner } from './application/tell-owner.js';
import { WhoAmI } from './application/who-am-i.js';
import { AccountController } from './http/account.controller.js';
import { AdminOtpController } from './http/admin/admin-otp.controller.js';
import { AdminSessionsController } from './http/admin/admin-sessions.controller.js';
import { BearerGuard } from './http/bearer.guard.js';
import { CountSignIns } from './http/count-sign-ins.js';
import { IdentifiersController } from './http/identifiers.controller.js';
import { IntrospectionController } from './http/introspection.controller.js';
import { OtpController } from './http/otp.controller.js';
import { PasswordResetController } from './http/password-reset.controller.js';
import { RefreshController, SessionsController } from './http/session.controller.js';
import { SignInController } from './http/sign-in.controller.js';
import { SignUpController } from './http/sign-up.controller.js';
import { ResetTokens } from './domain/password/reset-tokens.js';
import { PostgresPendingSignUps } from './persistence/code/postgres-pending-sign-ups.js';
import { loadPasswordStrength } from './domain/password/password-strength.js';
import { PasswordsModule } from './passwords.module.js';
import { RevocationsModule } from './revocations.module.js';
import { SessionsModule } from './sessions.module.js';
import { ThrottleModule } from './throttle.module.js';

const WARM_UP_MS = 2000;

/** What a code leads to. */
const CODES = [
  RequestSignUp,
  CompleteChallenge,
  ProveAddress,
  SignInByPhone,
  ClaimPhone,
  PhoneAccounts,
  AddIdentifier,
  AttachIdentifier,
  RemoveIdentifier,
  RequireFreshSignIn,
  IssueResetToken,
  ResetPassword,
  CommitPasswordReset,
  HashNewPassword,
  TellOwner,
  { provide: PendingSignUps, useClass: PostgresPendingSignUps },
  {
    provide: ResetTokens,
    inject: [SETTINGS],
    useFactory: (settings: Settings) => new ResetTokens(readSecretFile(settings.session.keyFile)),
  },
];

/** The ways in and out. Wants `UsersModule`, the database and Redis in the app. */
@Module({
  imports: [
    JwksModule,
    NotificationModule,
    OtpModule,
    OtpAdminModule,
    PasswordsModule,
    RevocationsModule.register(),
    SessionsModule,
    ThrottleModule,
  ],
  controllers: [
    SignUpController,
    SignInController,
    OtpController,
    PasswordResetController,
    RefreshController,
    AccountController,
    IdentifiersController,
    SessionsController,
    AdminSessionsController,
    AdminOtpController,
    IntrospectionController,
  ],
  providers: [
    GuardPassword,
    SignIn,
    SignUp,
    CreateAccount,
    ChangePassword,
    CommitPasswordChange,
    ...CODES,
    RefreshSession,
    IssueTokens,
    VerifyAccessToken,
    IntrospectToken,
    OwnSessions,
    AdministerSessions,
    StartPasswordReset,
    SendResetNotice,
    WhoAmI,
    CountSignIns,
    BearerGuard,
  ],
  exports: [BearerGuard],
})
export class AuthModule implements OnApplicationBootstrap {
  /** Loads the dictionaries once the probes have had their turn: neither readiness nor the first sign-up waits for it. */
  onApplicationBootstrap(): void {
    setTimeout(() => void loadPasswordStrength().catch(() => undefined), WARM_UP_MS).unref();
  }
}
