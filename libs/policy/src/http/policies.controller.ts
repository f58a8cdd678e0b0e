import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import {
  ApiProblems,
  CurrentPrincipal,
  IDS_AWAY,
  idSchema,
  Permission,
  type Principal,
  toAnswer,
  toPage,
} from '@platform/http';
import { DefinePolicy } from '../application/define-policy.js';
import { PolicyDefinitions } from '../application/policy-definitions.js';
import { definitionNotFound, RevokePolicy } from '../application/revoke-policy.js';
import type { Entity } from '../domain/definition.js';
import { definitionSchema } from '../domain/new-definition.js';
import { toActor } from './answers.js';
import { BUILT_IN, CANNOT_GRANT, LAST_ADMINISTRATOR, NO_DEFINITION } from './problems.js';
import { createdPolicySchema, policyFilterSchema, policyPageSchema, policySchema } from './schemas.js';

const AREA = 'identity.policies';

@ApiTags('admin')
@Controller('admin/policies')
export class PoliciesController {
  constructor(
    private readonly definitions: PolicyDefinitions,
    private readonly define: DefinePolicy,
    private readonly revoke: RevokePolicy,
  ) {}

  @Get()
  @Permission(AREA, 'read')
  @ApiOperation({
    operationId: 'listPolicies',
    summary: 'Policy definitions',
    description: 'In the order of their ids; of a subject, of a target, of a variant, or all.',
  })
  @ApiOkResponse({ description: 'A page of definitions.', standardSchema: policyPageSchema })
  async list(
    @Query({ schema: policyFilterSchema }) query: z.infer<typeof policyFilterSchema>,
  ): Promise<z.infer<typeof policyPageSchema>> {
    const { limit, cursor, variant } = query;
    const subject = toEntity(query.subjectType, query.subjectId);
    const target = toEntity(query.targetType, query.targetId);
    return toPage(
      await this.definitions.page({ subject, target, variant }, { after: cursor, limit: limit + 1 }),
      limit,
    );
  }

  @Post()
  @Permission(AREA, 'manage')
  @ApiOperation({
    operationId: 'createPolicy',
    summary: 'Write a definition',
    description: `What each variant wants: a grant the target Permission and an action; assign_role the target Role;
role_inherits two Roles; resource_inherits two Permissions; action_inherits two of the type Action, whose ids are the
actions; join_domain and domain_inherits a target that is a domain. Nobody can grant what he lacks.`,
  })
  @ApiCreatedResponse({ description: 'Written; it counts within a second.', standardSchema: createdPolicySchema })
  @ApiProblems(
    CANNOT_GRANT,
    LAST_ADMINISTRATOR,
    { kind: 'conflict', code: 'policy.definition-exists', when: 'There is such a definition already.' },
    IDS_AWAY,
  )
  async create(
    @Body({ schema: definitionSchema }) order: z.infer<typeof definitionSchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<z.infer<typeof createdPolicySchema>> {
    return { id: await this.define.execute(order, toActor(principal)) };
  }

  @Get(':id')
  @Permission(AREA, 'read')
  @ApiOperation({ operationId: 'readPolicy', summary: 'A definition', description: 'By its id.' })
  @ApiOkResponse({ description: 'The definition.', standardSchema: policySchema })
  @ApiProblems(NO_DEFINITION)
  async read(@Param('id', { schema: idSchema }) id: string): Promise<z.infer<typeof policySchema>> {
    const definition = await this.definitions.find(id);
    if (!definition) throw definitionNotFound();
    return toAnswer(definition);
  }

  @Delete(':id')
  @HttpCode(204)
  @Permission(AREA, 'manage')
  @ApiOperation({
    operationId: 'revokePolicy',
    summary: 'Revoke a definition',
    description: 'Who revokes one that denies must have what it denied. The last administrator stays one.',
  })
  @ApiNoContentResponse({ description: 'Revoked; it counts no more within a second.' })
  @ApiProblems(
    NO_DEFINITION,
    CANNOT_GRANT,
    { kind: 'conflict', code: 'policy.last-administrator', when: 'No active administrator would be left.' },
    BUILT_IN,
    IDS_AWAY,
  )
  async remove(@Param('id', { schema: idSchema }) id: string, @CurrentPrincipal() principal: Principal): Promise<void> {
    await this.revoke.execute(id, toActor(principal));
  }
}

function toEntity(type: string | undefined, id: string | undefined): Entity | undefined {
  return type === undefined || id === undefined ? undefined : { type, id };
}
