import { Body, Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { RequestCode } from '@identity/otp';
import { canonicalise, phoneCountry } from '@identity/users';
import { SETTINGS, type Settings } from '@platform/config';
import { ApiProblems, DATABASE_AWAY, IDS_AWAY, Public } from '@platform/http';
import { CompleteChallenge } from '../application/code/complete-challenge.js';
import { IssueTokens } from '../application/session/issue-tokens.js';
import { challengeOf, completionOf, provableFor } from './challenges.js';
import { deviceOf, localeOf } from './client.js';
import { CountSignIns } from './count-sign-ins.js';
import { CODE_REQUEST_REFUSALS, IDENTIFIER_TAKEN, NO_ROOM, OTP_AWAY, OTP_LOCKED, WRONG_CODE } from './problems.js';
import { challengeSchema, completionSchema, otpTargetSchema, otpVerifySchema } from './schemas.js';

@ApiTags('otp')
@Public()
@Controller('otp')
export class OtpController {
  constructor(
    private readonly codes: RequestCode,
    private readonly complete: CompleteChallenge,
    private readonly issue: IssueTokens,
    private readonly counts: CountSignIns,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'jwt'>,
  ) {}

  @Post('request')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'requestCode',
    summary: 'Ask for a one-time code',
    description:
      'The answer is the same whether or not somebody has the identifier; a code is sent where one makes sense. ' +
      'A new code ends the one before. To send the code of a sign-up again, sign up again.',
  })
  @ApiAcceptedResponse({ description: 'The challenge that the code belongs to.', standardSchema: challengeSchema })
  @ApiProblems(...CODE_REQUEST_REFUSALS, OTP_LOCKED, OTP_AWAY)
  async request(
    @Body({ schema: otpTargetSchema }) { namespace, identifier: given }: z.infer<typeof otpTargetSchema>,
    @Req() request: FastifyRequest,
  ) {
    const { scheme, value } = provableFor(namespace, canonicalise(given));
    const country = scheme === 'phone' ? phoneCountry(value) : undefined;
    const order = { namespace, identifier: { scheme, value }, locale: localeOf(request), country };
    return challengeOf(await this.codes.execute(order));
  }

  @Post('verify')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'verifyCode',
    summary: 'Enter a one-time code',
    description:
      '`verify-email` proves the address, and completes the sign-up that the challenge belongs to; `phone-auth` signs ' +
      'in; `forgot-password` answers with a reset token. A code is good once.',
  })
  @ApiOkResponse({ description: 'What the code was for is done.', standardSchema: completionSchema })
  @ApiProblems(WRONG_CODE, IDENTIFIER_TAKEN, ...NO_ROOM, OTP_LOCKED, OTP_AWAY, DATABASE_AWAY, IDS_AWAY)
  async verify(
    @Body({ schema: otpVerifySchema }) { identifier: given, ...entered }: z.infer<typeof otpVerifySchema>,
    @Req() request: FastifyRequest,
  ) {
    const identifier = provableFor(entered.namespace, canonicalise(given));
    const { audience } = this.settings.jwt;
    const code = { ...entered, identifier, audience, device: deviceOf(request), locale: localeOf(request) };
    const attempt = () => this.complete.execute(code);
    const completion = await (code.namespace === 'phone-auth' ? this.counts.count('phone', attempt) : attempt());
    return completionOf(completion, this.issue);
  }
}
