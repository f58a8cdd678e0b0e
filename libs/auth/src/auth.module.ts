import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { JwksModule } from '@identity/jwks';
import { ChangePassword } from './application/change-password.js';
import { CommitPasswordChange } from './application/commit-password-change.js';
import { CreateAccount } from './application/create-account.js';
import { GuardPassword } from './application/guard-password.js';
import { OwnSessions } from './application/own-sessions.js';
import { IssueTokens } from './application/session/issue-tokens.js';
import { RefreshSession } from './application/session/refresh-session.js';
import { SignIn } from './application/sign-in.js';
import { SignUp } from './application/sign-up.js';
import { WhoAmI } from './application/who-am-i.js';
import { AccountController } from './http/account.controller.js';
import { BearerGuard } from './http/bearer.guard.js';
import { CountSignIns } from './http/count-sign-ins.js';
import { RefreshController, SessionsController } from './http/session.controller.js';
import { SignInController } from './http/sign-in.controller.js';
import { loadPasswordStrength } from './domain/password/password-strength.js';
import { PasswordsModule } from './passwords.module.js';
import { SessionsModule } from './sessions.module.js';
import { ThrottleModule } from './throttle.module.js';

const WARM_UP_MS = 2000;

/** The ways in and out. Wants `UsersModule`, the database and Redis in the app. */
@Module({
  imports: [JwksModule, PasswordsModule, SessionsModule, ThrottleModule],
  controllers: [SignInController, RefreshController, AccountController, SessionsController],
  providers: [
    GuardPassword,
    SignIn,
    SignUp,
    CreateAccount,
    ChangePassword,
    CommitPasswordChange,
    RefreshSession,
    IssueTokens,
    OwnSessions,
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
