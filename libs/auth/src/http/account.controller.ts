import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ApiProblems, Bearer, CurrentPrincipal, type Principal } from '@platform/http';
import { ChangePassword } from '../application/change-password.js';
import { EndSessions } from '../application/session/end-sessions.js';
import { WhoAmI } from '../application/who-am-i.js';
import { BUSY, DATABASE_AWAY, THROTTLED, WRONG_CREDENTIALS } from './problems.js';
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
  @ApiOperation({ summary: 'Who am I?' })
  @ApiOkResponse({ description: 'The caller.', standardSchema: principalSchema })
  async whoami(@CurrentPrincipal() principal: Principal) {
    return await this.whoAmI.execute(principal);
  }

  @Post('sign-out-all')
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign out everywhere', description: 'Ends every session of the caller, this one too.' })
  @ApiNoContentResponse({ description: 'Signed out everywhere.' })
  async signOutAll(@CurrentPrincipal() { userId }: Principal): Promise<void> {
    await this.endSessions.everywhere(userId);
  }

  @Post('password/change')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Change my password',
    description: 'Ends the other sessions unless `endOtherSessions` is false.',
  })
  @ApiBody({ schema: { $ref: '#/components/schemas/PasswordChange' } })
  @ApiNoContentResponse({ description: 'Changed.' })
  @ApiProblems(
    WRONG_CREDENTIALS,
    { kind: 'unauthenticated', code: 'auth.invalid-token', when: 'No access token, or not a valid one.' },
    { kind: 'conflict', code: 'auth.password-conflict', when: 'The password was changed meanwhile.' },
    THROTTLED,
    BUSY,
    DATABASE_AWAY,
  )
  async change(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: passwordChangeSchema }) body: z.infer<typeof passwordChangeSchema>,
  ): Promise<void> {
    await this.changePassword.execute(principal, body);
  }
}
