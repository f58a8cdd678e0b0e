import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { CodeStates, type Lasting, UnlockCode } from '@identity/otp';
import { canonicalise } from '@identity/users';
import { ApiProblems, CurrentPrincipal, IDS_AWAY, Permission, type Principal } from '@platform/http';
import { provableFor } from '../challenges.js';
import { OTP_AWAY } from '../problems.js';
import { otpTargetSchema } from '../schemas.js';
import { codeStateSchema } from './admin-schemas.js';

const OBJECT = 'identity.otp';
type Target = z.infer<typeof otpTargetSchema>;

/** POST, though the first one changes nothing: an identifier in an address would stand in every access log on the way. */
@ApiTags('admin')
@Controller('admin/otp')
export class AdminOtpController {
  constructor(
    private readonly states: CodeStates,
    private readonly unlockCode: UnlockCode,
  ) {}

  @Post('inspect')
  @HttpCode(200)
  @Permission(OBJECT, 'read')
  @ApiOperation({
    operationId: 'inspectCodes',
    summary: 'See the state of somebody’s codes',
    description: 'Whether one waits, the wrong guesses, the lock and the quota. Nothing of it helps to guess a code.',
  })
  @ApiOkResponse({ description: 'The state.', standardSchema: codeStateSchema })
  @ApiProblems(OTP_AWAY)
  async inspect(@Body({ schema: otpTargetSchema }) { namespace, identifier }: Target) {
    const { value } = provableFor(namespace, canonicalise(identifier));
    const state = await this.states.inspect({ namespace, identifier: value });
    return {
      pendingFor: secondsOf(state.pending),
      wrongGuesses: state.attempts,
      lockedFor: secondsOf(state.lock),
      cooldownFor: secondsOf(state.cooldown),
      sentToday: state.sent,
      quotaRenewedIn: secondsOf(state.quota),
    };
  }

  @Post('unlock')
  @HttpCode(204)
  @Permission(OBJECT, 'manage')
  @ApiOperation({
    operationId: 'unlockCodes',
    summary: 'End the lock of somebody’s codes',
    description: 'As its own end would: with a fresh budget of guesses. 204 too when there was none.',
  })
  @ApiNoContentResponse({ description: 'There is no lock.' })
  @ApiProblems(OTP_AWAY, IDS_AWAY)
  async unlock(
    @Body({ schema: otpTargetSchema }) { namespace, identifier }: Target,
    @CurrentPrincipal() { userId }: Principal,
  ): Promise<void> {
    const target = { namespace, identifier: provableFor(namespace, canonicalise(identifier)) };
    await this.unlockCode.execute(target, { type: 'user', id: userId });
  }
}

function secondsOf(lasting?: Lasting): number | 'no end' | null {
  if (!lasting) return null;
  return lasting.milliseconds === 'no end' ? 'no end' : Math.ceil(lasting.milliseconds / 1000);
}
