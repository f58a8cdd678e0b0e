import { Body, Controller, Delete, Get, HttpCode, Patch } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ApiProblems, Bearer, CurrentPrincipal, IDS_AWAY, type Principal } from '@platform/http';
import { DeleteAccount } from '../application/delete-account.js';
import { OwnAccount } from '../application/own-account.js';
import { profilePatchSchema, userSchema } from './schemas.js';

/** A token may outlive its account by the seconds for which its session is thought to live. */
const GONE = {
  kind: 'not-found',
  code: 'users.not-found',
  when: 'The account was deleted or disabled a moment ago.',
} as const;

@ApiTags('users')
@Bearer()
@Controller('users/me')
export class MeController {
  constructor(
    private readonly accounts: OwnAccount,
    private readonly deleteAccount: DeleteAccount,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'readMe', summary: 'My account', description: 'Profile, names and state.' })
  @ApiOkResponse({ description: 'The account.', standardSchema: userSchema })
  @ApiProblems(GONE)
  async read(@CurrentPrincipal() { userId }: Principal): Promise<z.infer<typeof userSchema>> {
    return await this.accounts.read(userId);
  }

  @Patch()
  @ApiOperation({
    operationId: 'changeMe',
    summary: 'Change my profile',
    description: 'A merge (RFC 7396): members sent are set, null removes one.',
  })
  @ApiOkResponse({ description: 'The account after the change.', standardSchema: userSchema })
  @ApiProblems(GONE)
  async patch(
    @CurrentPrincipal() { userId }: Principal,
    @Body({ schema: profilePatchSchema }) { profile }: z.infer<typeof profilePatchSchema>,
  ): Promise<z.infer<typeof userSchema>> {
    await this.accounts.patchProfile(userId, profile);
    return await this.accounts.read(userId);
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deleteMe',
    summary: 'Delete my account',
    description: 'Needs a sign-in of the last five minutes. Ends every session.',
  })
  @ApiNoContentResponse({ description: 'Deleted.' })
  @ApiProblems(
    GONE,
    {
      kind: 'forbidden',
      code: 'users.fresh-sign-in-required',
      when: 'Sign in again, then delete the account within five minutes.',
    },
    { kind: 'conflict', code: 'policy.last-administrator', when: 'You are the last active administrator.' },
    IDS_AWAY,
  )
  async remove(@CurrentPrincipal() principal: Principal): Promise<void> {
    await this.deleteAccount.execute(principal);
  }
}
