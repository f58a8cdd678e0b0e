import { Body, Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ApiProblems, Bearer, CurrentPrincipal, IDS_AWAY, type Principal } from '@platform/http';
import { ChangePassword } from '../application/change-password.js';
import { EndSessions } from '../application/session/end-sessions.js';
import { WhoAmI } from '../application/who-am-i.js';
import { localeOf } from './client.js';
import { BUSY, THROTTLED, WRONG_CREDENTIALS } from './problems.js';
import { passwordChangeSchema, principalSchema } from './schemas.js';

@ApiTags('auth')
@Bearer()
@Controller('auth')
export class AccountController {
  constructor(
    private readonly whoAmI: WhoAmI,
    private readonly endSessions: EndSessions,
    private readonly changePassword: ChangePassword,
  ) {}

  @Get('who-am-i')
  @ApiOperation({
    operationId: 'whoAmI',
    summary: 'Who am I?',
    description: 'The person and the session of the access token, with the names the account has now.',
  })
  @ApiOkResponse({ description: 'The caller.', standardSchema: principalSchema })
  async whoami(@CurrentPrincipal() principal: Principal) {
    return await this.whoAmI.execute(principal);
  }

  @Post('sign-out-all')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'signOutEverywhere',
    summary: 'Sign out everywhere',
    description: 'Ends every session of the caller, this one too.',
  })
  @ApiNoContentResponse({ description: 'Signed out everywhere.' })
  @ApiProblems(IDS_AWAY)
  async signOutAll(@CurrentPrincipal() { userId }: Principal): Promise<void> {
    await this.endSessions.everywhere(userId);
  }

  @Post('password/change')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'changePassword',
    summary: 'Change my password',
    description: 'Ends the other sessions unless `endOtherSessions` is false.',
  })
  @ApiNoContentResponse({ description: 'Changed.' })
  @ApiProblems(
    { ...WRONG_CREDENTIALS, when: 'The current password is wrong.' },
    { kind: 'conflict', code: 'auth.password-conflict', when: 'The password was changed meanwhile.' },
    THROTTLED,
    BUSY,
    IDS_AWAY,
  )
  async change(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: passwordChangeSchema }) body: z.infer<typeof passwordChangeSchema>,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    await this.changePassword.execute(principal, { ...body, locale: localeOf(request) });
  }
}
