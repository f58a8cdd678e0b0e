import { Body, Controller, Delete, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { canonicalise } from '@identity/users';
import { ApiProblems, Bearer, CurrentPrincipal, IDS_AWAY, idSchema, type Principal } from '@platform/http';
import { AddIdentifier } from '../application/identifiers/add-identifier.js';
import { RemoveIdentifier } from '../application/identifiers/remove-identifier.js';
import { challengeOf } from './challenges.js';
import { localeOf } from './client.js';
import { CODE_REQUEST_REFUSALS, FRESH_SIGN_IN, OTP_AWAY, OTP_LOCKED } from './problems.js';
import { challengeSchema, newIdentifierSchema } from './schemas.js';

/** Lives here and not in users, because an address counts once its code was entered. */
@ApiTags('users')
@Bearer()
@Controller('users/me/identifiers')
export class IdentifiersController {
  constructor(
    private readonly addIdentifier: AddIdentifier,
    private readonly removeIdentifier: RemoveIdentifier,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    operationId: 'addIdentifier',
    summary: 'Add an e-mail address or a phone number',
    description:
      'Needs a sign-in of the last five minutes. It counts once its code is entered at `/otp/verify`, with the ' +
      'namespace `verify-email` for an address and `phone-auth` for a number.',
  })
  @ApiAcceptedResponse({ description: 'The challenge that the code belongs to.', standardSchema: challengeSchema })
  @ApiProblems(
    FRESH_SIGN_IN,
    { kind: 'conflict', code: 'users.identifier-taken', when: 'It is yours already.' },
    ...CODE_REQUEST_REFUSALS,
    OTP_LOCKED,
    OTP_AWAY,
    IDS_AWAY,
  )
  async add(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: newIdentifierSchema }) { identifier }: z.infer<typeof newIdentifierSchema>,
    @Req() request: FastifyRequest,
  ) {
    return challengeOf(await this.addIdentifier.execute(principal, canonicalise(identifier), localeOf(request)));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'removeIdentifier',
    summary: 'Remove one of my identifiers',
    description: 'Needs a sign-in of the last five minutes. The last one stays.',
  })
  @ApiNoContentResponse({ description: 'Removed.' })
  @ApiProblems(
    FRESH_SIGN_IN,
    { kind: 'not-found', code: 'users.identifier-not-found', when: 'You have no such identifier.' },
    { kind: 'conflict', code: 'users.last-identifier', when: 'It is the last one that names you.' },
    IDS_AWAY,
  )
  async remove(
    @CurrentPrincipal() principal: Principal,
    @Param('id', { schema: idSchema }) id: string,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    await this.removeIdentifier.execute(principal, id, localeOf(request));
  }
}
