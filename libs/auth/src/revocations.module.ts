import { type DynamicModule, Module } from '@nestjs/common';
import { ListSessionEnds } from './application/session/list-session-ends.js';
import { SessionEnds } from './application/session/session-ends.js';
import { WatchSessionEnds } from './application/session/watch-session-ends.js';
import { RevocationsController } from './http/revocations.controller.js';
import {
  DEFAULT_STREAM_LIMITS,
  RevocationStreams,
  STREAM_LIMITS,
  type StreamLimits,
} from './http/revocation-streams.js';
import { PostgresSessionEnds } from './persistence/session/postgres-session-ends.js';

/** Tells sister services which sessions have ended. */
@Module({})
export class RevocationsModule {
  static register(limits: StreamLimits = DEFAULT_STREAM_LIMITS): DynamicModule {
    return {
      module: RevocationsModule,
      controllers: [RevocationsController],
      providers: [
        { provide: SessionEnds, useClass: PostgresSessionEnds },
        { provide: STREAM_LIMITS, useValue: limits },
        ListSessionEnds,
        WatchSessionEnds,
        RevocationStreams,
      ],
    };
  }
}
