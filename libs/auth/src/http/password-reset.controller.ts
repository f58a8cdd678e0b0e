import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ApiProblems, DATABASE_AWAY, IDS_AWAY, Public } from '@platform/http';
import { ResetPassword } from '../application/password-reset/reset-password.js';
import { localeOf } from './client.js';
import { BUSY } from './problems.js';
import { passwordResetSchema } from './schemas.js';

@ApiTags('auth')
@Public()
@Controller('auth/password')
export class PasswordResetController {
  constructor(private readonly resetPassword: ResetPassword) {}

  @Post('reset')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'resetPassword',
    summary: 'Set a forgotten password anew',
    description: 'With the reset token that the code for `forgot-password` led to, once. Ends every session.',
  })
  @ApiNoContentResponse({ description: 'Set; every session has ended.' })
  @ApiProblems(
    {
      kind: 'unauthenticated',
      code: 'auth.invalid-reset-token',
      when: 'Not a token of ours, older than ten minutes, or the password was changed since.',
    },
    BUSY,
    DATABASE_AWAY,
    IDS_AWAY,
  )
  async reset(
    @Body({ schema: passwordResetSchema }) body: z.infer<typeof passwordResetSchema>,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    await this.resetPassword.execute({ ...body, locale: localeOf(request) });
  }
}
