import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import {
  ApiProblems,
  CurrentPrincipal,
  cursorSchema,
  IDS_AWAY,
  idSchema,
  Permission,
  type Principal,
} from '@platform/http';
import { CreateServiceAccount } from '../application/create-service-account.js';
import { ListServiceAccounts } from '../application/list-service-accounts.js';
import { RevokeServiceAccount } from '../application/revoke-service-account.js';
import { CANNOT_GRANT } from './problems.js';
import {
  createdServiceAccountSchema,
  newServiceAccountSchema,
  serviceAccountPageSchema,
} from './service-account.schemas.js';

@ApiTags('admin')
@Controller('admin/service-accounts')
export class ServiceAccountsController {
  constructor(
    private readonly listServiceAccounts: ListServiceAccounts,
    private readonly createServiceAccount: CreateServiceAccount,
    private readonly revokeServiceAccount: RevokeServiceAccount,
  ) {}

  @Get()
  @Permission('identity.service-accounts', 'read')
  @ApiOperation({
    operationId: 'listServiceAccounts',
    summary: 'Which sister services have an account?',
    description: 'Revoked ones too, newest first.',
  })
  @ApiOkResponse({ description: 'A page of service accounts.', standardSchema: serviceAccountPageSchema })
  async list(
    @Query({ schema: cursorSchema }) page: z.infer<typeof cursorSchema>,
  ): Promise<z.infer<typeof serviceAccountPageSchema>> {
    return await this.listServiceAccounts.execute(page);
  }

  @Post()
  @HttpCode(201)
  @Permission('identity.service-accounts', 'manage')
  @ApiOperation({
    operationId: 'createServiceAccount',
    summary: 'Create an account for a sister service',
    description:
      'Its secret is made here and shown in this answer alone. Replicas know of it within a second. Who makes it must ' +
      'have himself what its scopes let a service do; who replaces one, everything.',
  })
  @ApiCreatedResponse({ description: 'Created, or replaced.', standardSchema: createdServiceAccountSchema })
  @ApiProblems(
    CANNOT_GRANT,
    {
      kind: 'conflict',
      code: 'policy.service-account-exists',
      when: 'There is one of this name, and `replace` is not set.',
    },
    {
      kind: 'conflict',
      code: 'policy.too-many-service-accounts',
      when: 'There are 1,000 that are not revoked.',
    },
    IDS_AWAY,
  )
  async create(
    @CurrentPrincipal() { userId }: Principal,
    @Body({ schema: newServiceAccountSchema }) body: z.infer<typeof newServiceAccountSchema>,
  ) {
    const { id, name, secret } = await this.createServiceAccount.execute(body, { type: 'user', id: userId });
    return { id, name, secret };
  }

  @Post(':id/revoke')
  @HttpCode(204)
  @Permission('identity.service-accounts', 'manage')
  @ApiOperation({
    operationId: 'revokeServiceAccount',
    summary: 'Revoke a service account',
    description: 'Its secret is refused within a second.',
  })
  @ApiNoContentResponse({ description: 'Revoked.' })
  @ApiProblems(
    {
      kind: 'not-found',
      code: 'policy.service-account-not-found',
      when: 'There is no such service account, or it is revoked already.',
    },
    IDS_AWAY,
  )
  async revoke(
    @CurrentPrincipal() { userId }: Principal,
    @Param('id', { schema: idSchema }) id: string,
  ): Promise<void> {
    await this.revokeServiceAccount.execute({ id }, { type: 'user', id: userId });
  }
}
