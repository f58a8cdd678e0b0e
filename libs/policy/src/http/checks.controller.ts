import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ApiProblems, Basic } from '@platform/http';
import { CheckPolicies } from '../application/check-policies.js';
import { ListPermissions } from '../application/list-permissions.js';
import {
  checkBatchSchema,
  checkResultSchema,
  checkResultsSchema,
  checkSchema,
  permissionsQuerySchema,
  subjectPermissionsSchema,
} from './checks.schemas.js';

@ApiTags('internal')
@Basic('policies:check')
@Controller('internal/policies')
export class ChecksController {
  constructor(
    private readonly checkPolicies: CheckPolicies,
    private readonly listPermissions: ListPermissions,
  ) {}

  @Post('check')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'checkPolicy',
    summary: 'May this subject do this?',
    description: 'Denied unless a definition allows it and none denies it. Changes count within a second.',
  })
  @ApiOkResponse({ description: 'The decision.', standardSchema: checkResultSchema })
  async check(@Body({ schema: checkSchema }) check: z.infer<typeof checkSchema>) {
    return await this.checkPolicies.one(check);
  }

  @Post('check-batch')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'checkPolicies',
    summary: 'Up to 100 checks at once',
    description: 'Each as by itself, decided in one round trip.',
  })
  @ApiOkResponse({ description: 'The decisions, in order.', standardSchema: checkResultsSchema })
  async checkBatch(@Body({ schema: checkBatchSchema }) { checks }: z.infer<typeof checkBatchSchema>) {
    return { results: await this.checkPolicies.all(checks) };
  }

  @Get('permissions')
  @ApiOperation({
    operationId: 'listSubjectPermissions',
    summary: 'Everything a subject may do',
    description:
      'For a cache: allowed is what some permission allows and none denies. `orders` covers `orders.items` by its ' +
      'name, `*` everything; what follows from other definitions is written out.',
  })
  @ApiOkResponse({ description: 'The permissions in that domain.', standardSchema: subjectPermissionsSchema })
  @ApiProblems({
    kind: 'invalid',
    code: 'policy.too-many-permissions',
    when: 'The subject has more than 10,000 permissions.',
  })
  async permissions(@Query({ schema: permissionsQuerySchema }) query: z.infer<typeof permissionsQuerySchema>) {
    return await this.listPermissions.execute({ type: query.subjectType, id: query.subjectId }, query.domain);
  }
}
