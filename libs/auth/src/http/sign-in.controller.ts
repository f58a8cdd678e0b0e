import { Body, Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { canonicalise } from '@identity/users';
import { SETTINGS, type Settings } from '@platform/config';
import { ApiProblems, DATABASE_AWAY, IDS_AWAY, Public } from '@platform/http';
import { IssueTokens } from '../application/session/issue-tokens.js';
import { SignIn } from '../application/sign-in.js';
import { CountSignIns } from './count-sign-ins.js';
import { audienceOf, deviceOf } from './client.js';
import { BUSY, THROTTLED, WRONG_CREDENTIALS } from './problems.js';
import { signInSchema, tokensSchema } from './schemas.js';

@ApiTags('auth')
@Public()
@Controller('auth')
export class SignInController {
  constructor(
    private readonly signIns: SignIn,
    private readonly issue: IssueTokens,
    private readonly counts: CountSignIns,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Post('sign-in')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'signIn',
    summary: 'Sign in',
    description: 'Opens a session. Unknown, wrong and disabled get one answer.',
  })
  @ApiOkResponse({ description: 'A new session.', standardSchema: tokensSchema })
  @ApiProblems(WRONG_CREDENTIALS, THROTTLED, BUSY, DATABASE_AWAY, IDS_AWAY)
  async signIn(@Body({ schema: signInSchema }) body: z.infer<typeof signInSchema>, @Req() request: FastifyRequest) {
    const identifier = canonicalise(body.identifier);
    const audience = audienceOf(body.audience, this.settings.jwt);
    const grant = await this.counts.count(identifier.scheme, () =>
      this.signIns.execute({
        identifier,
        password: body.credential.value,
        deviceToken: body.deviceToken,
        audience,
        device: deviceOf(request),
      }),
    );
    return this.issue.execute(grant);
  }
}
