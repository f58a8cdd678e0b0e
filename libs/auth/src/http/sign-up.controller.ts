import { Body, Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { canonicalise } from '@identity/users';
import { SETTINGS, type Settings } from '@platform/config';
import { ApiProblems, DATABASE_AWAY, IDS_AWAY, Public } from '@platform/http';
import { RequestSignUp } from '../application/code/request-sign-up.js';
import { IssueTokens } from '../application/session/issue-tokens.js';
import { SignUp } from '../application/sign-up.js';
import { challengeOf } from './challenges.js';
import { deviceOf, localeOf } from './client.js';
import { BUSY, CODE_REQUEST_REFUSALS, IDENTIFIER_TAKEN, OTP_AWAY, OTP_LOCKED } from './problems.js';
import { challengeSchema, signUpSchema, tokensSchema } from './schemas.js';

@ApiTags('auth')
@Public()
@Controller('auth')
export class SignUpController {
  constructor(
    private readonly signUpByName: SignUp,
    private readonly signUpByCode: RequestSignUp,
    private readonly issue: IssueTokens,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'jwt'>,
  ) {}

  @Post('sign-up')
  @ApiOperation({
    operationId: 'signUp',
    summary: 'Sign up',
    description:
      'By username: the account exists at once. By e-mail address or phone number: it exists once the code that is ' +
      'sent there was entered at `/otp/verify`, with `verify-email` or `phone-auth`; the answer is the same for an ' +
      'address that has an account.',
  })
  @ApiCreatedResponse({ description: 'The account and its first session.', standardSchema: tokensSchema })
  @ApiAcceptedResponse({ description: 'A code is on its way, if one is due.', standardSchema: challengeSchema })
  @ApiProblems(
    { ...IDENTIFIER_TAKEN, when: 'This name is taken (usernames alone).' },
    ...CODE_REQUEST_REFUSALS,
    OTP_LOCKED,
    OTP_AWAY,
    BUSY,
    DATABASE_AWAY,
    IDS_AWAY,
  )
  async signUp(
    @Body({ schema: signUpSchema }) body: z.infer<typeof signUpSchema>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const identifier = canonicalise(body.identifier);
    const { scheme } = identifier;
    const person = { password: body.credential.value, profile: body.profile ?? {} };
    if (scheme === 'username') {
      const { audience } = this.settings.jwt;
      const grant = await this.signUpByName.execute({ ...person, identifier, audience, device: deviceOf(request) });
      return this.issue.execute(grant);
    }
    const proposed = { ...person, identifier: { ...identifier, scheme }, locale: localeOf(request) };
    const challenge = await this.signUpByCode.execute(proposed);
    void reply.status(202);
    return challengeOf(challenge);
  }
}
