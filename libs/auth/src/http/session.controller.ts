import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import {
  ApiProblems,
  Bearer,
  CurrentPrincipal,
  cursorSchema,
  DATABASE_AWAY,
  IDS_AWAY,
  idSchema,
  type Principal,
  Public,
} from '@platform/http';
import { OwnSessions } from '../application/own-sessions.js';
import { EndSessions } from '../application/session/end-sessions.js';
import { RefreshSession } from '../application/session/refresh-session.js';
import { ownSessionPageSchema, refreshSchema, tokensSchema } from './schemas.js';

type RefreshBody = z.infer<typeof refreshSchema>;

@ApiTags('auth')
@Public()
@Controller('auth')
export class RefreshController {
  constructor(
    private readonly refreshSession: RefreshSession,
    private readonly endSessions: EndSessions,
  ) {}

  @Post('token/refresh')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'refreshTokens',
    summary: 'Get the next tokens',
    description: 'The token before the current one gets the same successor for 30 s; an older one ends the session.',
  })
  @ApiOkResponse({ description: 'The next tokens of the session.', standardSchema: tokensSchema })
  @ApiProblems(
    {
      kind: 'unauthenticated',
      code: 'auth.invalid-refresh-token',
      when: 'Not a token of ours, or its session has ended.',
    },
    DATABASE_AWAY,
    IDS_AWAY,
  )
  async refresh(@Body({ schema: refreshSchema }) { refreshToken }: RefreshBody) {
    return await this.refreshSession.execute(refreshToken);
  }

  @Post('sign-out')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'signOut',
    summary: 'Sign out',
    description: 'Ends the session of the token; 204 whatever the token was.',
  })
  @ApiNoContentResponse({ description: 'Signed out.' })
  @ApiProblems(DATABASE_AWAY, IDS_AWAY)
  async signOut(@Body({ schema: refreshSchema }) { refreshToken }: RefreshBody): Promise<void> {
    await this.endSessions.byRefreshToken(refreshToken);
  }
}

@ApiTags('sessions')
@Bearer()
@Controller('sessions')
export class SessionsController {
  constructor(
    private readonly ownSessions: OwnSessions,
    private readonly endSessions: EndSessions,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listSessions',
    summary: 'Where am I signed in?',
    description: 'The live sessions of the caller, newest first.',
  })
  @ApiOkResponse({ description: 'A page of sessions.', standardSchema: ownSessionPageSchema })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query({ schema: cursorSchema }) page: z.infer<typeof cursorSchema>,
  ): Promise<z.infer<typeof ownSessionPageSchema>> {
    return await this.ownSessions.list(principal, page);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'endSession',
    summary: 'Sign out one of my sessions',
    description: 'Its tokens stop working: the access token within five seconds.',
  })
  @ApiNoContentResponse({ description: 'Ended.' })
  @ApiProblems(
    { kind: 'not-found', code: 'auth.session-not-found', when: 'There is no such live session of yours.' },
    IDS_AWAY,
  )
  async end(@CurrentPrincipal() { userId }: Principal, @Param('id', { schema: idSchema }) id: string): Promise<void> {
    await this.endSessions.byOwner(userId, id);
  }
}
