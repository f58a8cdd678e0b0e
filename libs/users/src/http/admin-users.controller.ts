import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ApiProblems, CurrentPrincipal, IDS_AWAY, idSchema, Permission, type Principal } from '@platform/http';
import { AdministerStatus } from '../application/administer-status.js';
import { SearchUsers } from '../application/search-users.js';
import { userRecordPageSchema, userRecordSchema, userSearchSchema } from './admin-schemas.js';

const OBJECT = 'identity.users';
const UNKNOWN = { kind: 'not-found', code: 'users.not-found', when: 'There is no such account.' } as const;
const STATUS_CONFLICT = {
  kind: 'conflict',
  code: 'users.status-conflict',
  when: 'The account is deleted, or somebody changed its status at the same time.',
} as const;

@ApiTags('admin')
@Controller('admin/users')
export class AdminUsersController {
  constructor(
    private readonly search: SearchUsers,
    private readonly status: AdministerStatus,
  ) {}

  @Get()
  @Permission(OBJECT, 'read')
  @ApiOperation({
    operationId: 'searchUsers',
    summary: 'Search accounts',
    description:
      'All, newest first, or those with an identifier that begins with `query`, in the order of their identifiers. ' +
      'With both `query` and `status` a page may hold less than `limit` although there is a next one.',
  })
  @ApiOkResponse({ description: 'A page of accounts.', standardSchema: userRecordPageSchema })
  async list(@Query({ schema: userSearchSchema }) search: z.infer<typeof userSearchSchema>) {
    return await this.search.execute(search);
  }

  @Get(':id')
  @Permission(OBJECT, 'read')
  @ApiOperation({
    operationId: 'inspectUser',
    summary: 'Inspect an account',
    description: 'Also a disabled one, and what is left of a deleted one.',
  })
  @ApiOkResponse({ description: 'The account.', standardSchema: userRecordSchema })
  @ApiProblems(UNKNOWN)
  async inspect(@Param('id', { schema: idSchema }) id: string) {
    return await this.search.inspect(id);
  }

  @Post(':id/disable')
  @HttpCode(204)
  @Permission(OBJECT, 'manage')
  @ApiOperation({
    operationId: 'disableUser',
    summary: 'Disable an account',
    description: 'Nobody signs in to it any more, and all its sessions end. Never the own one.',
  })
  @ApiNoContentResponse({ description: 'It is disabled.' })
  @ApiProblems(
    UNKNOWN,
    { kind: 'conflict', code: 'users.own-account', when: 'It is your own account.' },
    { kind: 'conflict', code: 'policy.last-administrator', when: 'No active administrator would be left.' },
    STATUS_CONFLICT,
    IDS_AWAY,
  )
  async disable(
    @Param('id', { schema: idSchema }) id: string,
    @CurrentPrincipal() { userId }: Principal,
  ): Promise<void> {
    await this.status.disable(id, userId);
  }

  @Post(':id/enable')
  @HttpCode(204)
  @Permission(OBJECT, 'manage')
  @ApiOperation({
    operationId: 'enableUser',
    summary: 'Enable an account',
    description: 'Its person may sign in again; sessions that have ended stay ended.',
  })
  @ApiNoContentResponse({ description: 'It is active.' })
  @ApiProblems(UNKNOWN, STATUS_CONFLICT, IDS_AWAY)
  async enable(
    @Param('id', { schema: idSchema }) id: string,
    @CurrentPrincipal() { userId }: Principal,
  ): Promise<void> {
    await this.status.enable(id, userId);
  }
}
