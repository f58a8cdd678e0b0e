import { Module } from '@nestjs/common';
import { readSecretFile, SETTINGS, type Settings } from '@platform/config';
import { DatabaseModule } from '@platform/database';
import { EndEverySession, EverySession } from './application/session/end-every-session.js';
import { EndSessions } from './application/session/end-sessions.js';
import { SessionLiveness } from './application/session/session-liveness.js';
import { SessionStore } from './application/session/session-store.js';
import { SessionTokens } from './domain/session/session-tokens.js';
import { CachedLiveness } from './persistence/session/cached-liveness.js';
import { PostgresEverySession } from './persistence/session/postgres-every-session.js';
import { PostgresSessions } from './persistence/session/postgres-sessions.js';
import { Session } from './persistence/session/session.entity.js';

/** Sessions alone, without the ways in: what users and the operator's command need to end them. */
@Module({
  imports: [DatabaseModule.forFeature([Session])],
  providers: [
    {
      provide: SessionTokens,
      inject: [SETTINGS],
      useFactory: (settings: Settings) => new SessionTokens(readSecretFile(settings.session.keyFile)),
    },
    { provide: SessionStore, useClass: PostgresSessions },
    { provide: SessionLiveness, useClass: CachedLiveness },
    { provide: EverySession, useClass: PostgresEverySession },
    EndSessions,
    EndEverySession,
  ],
  exports: [EndEverySession, EndSessions, SessionLiveness, SessionStore, SessionTokens],
})
export class SessionsModule {}
