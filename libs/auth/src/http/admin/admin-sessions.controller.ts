import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import {
  ApiProblems,
  CurrentPrincipal,
  cursorSchema,
  IDS_AWAY,
  idSchema,
  Permission,
  type Principal,
} from '@platform/http';
import { StartPasswordReset } from '../../application/password-reset/start-password-reset.js';
import { AdministerSessions } from '../../application/session/administer-sessions.js';
import { sessionPageSchema } from '../schemas.js';
import { resetStartedSchema } from './admin-schemas.js';

const OBJECT = 'identity.users';
const UNKNOWN = { kind: 'not-found', code: 'users.not-found', when: 'There is no such account.' } as const;

@ApiTags('admin')
@Controller('admin/users/:id')
export class AdminSessionsController {
  constructor(
    private readonly sessions: AdministerSessions,
    private readonly reset: StartPasswordReset,
  ) {}

  @Get('sessions')
  @Permission(OBJECT, 'read')
  @ApiOperation({
    operationId: 'listUserSessions',
    summary: 'Where is an account signed in?',
    description: 'Its live sessions, newest first.',
  })
  @ApiOkResponse({ description: 'A page of sessions.', standardSchema: sessionPageSchema })
  @ApiProblems(UNKNOWN)
  async list(
    @Param('id', { schema: idSchema }) id: string,
    @Query({ schema: cursorSchema }) page: z.infer<typeof cursorSchema>,
  ) {
    return await this.sessions.list(id, page);
  }

  @Post('end-sessions')
  @HttpCode(204)
  @Permission(OBJECT, 'manage')
  @ApiOperation({
    operationId: 'endUserSessions',
    summary: 'Sign an account out everywhere',
    description:
      'Refresh tokens stop working at once, access tokens within five seconds. Its person may sign in again.',
  })
  @ApiNoContentResponse({ description: 'All sessions have ended.' })
  @ApiProblems(UNKNOWN, IDS_AWAY)
  async end(@Param('id', { schema: idSchema }) id: string, @CurrentPrincipal() { userId }: Principal): Promise<void> {
    await this.sessions.endAll(id, userId);
  }

  @Post('password-reset')
  @HttpCode(202)
  @Permission(OBJECT, 'manage')
  @ApiOperation({
    operationId: 'startPasswordReset',
    summary: 'Have the owner choose a new password',
    description:
      'Ends all sessions and sends the owner a mail that asks for a new password, by the usual “forgot password”. ' +
      'The old one works until then: disable the account if somebody else may know it.',
  })
  @ApiAcceptedResponse({ description: 'The mail is on its way.', standardSchema: resetStartedSchema })
  @ApiProblems(
    UNKNOWN,
    { kind: 'conflict', code: 'users.not-active', when: 'The account is disabled or deleted.' },
    { kind: 'conflict', code: 'auth.no-proven-address', when: 'The account has no proven e-mail address.' },
    IDS_AWAY,
    {
      kind: 'unavailable',
      code: 'notification.unavailable',
      when: 'The sessions have ended, but no mail can be sent at the moment; repeat it.',
      limit: 'queue',
    },
  )
  async start(@Param('id', { schema: idSchema }) id: string, @CurrentPrincipal() { userId }: Principal) {
    return { sentTo: await this.reset.execute(id, userId) };
  }
}
