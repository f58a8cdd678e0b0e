import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
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
  toAnswer,
  toPage,
} from '@platform/http';
import { AdministerRoles, roleNotFound } from '../application/administer-roles.js';
import { RoleCatalogue } from '../application/catalogue.js';
import { toActor } from './answers.js';
import { BUILT_IN, CANNOT_GRANT, LAST_ADMINISTRATOR, NO_ROLE, ROLE_EXISTS, STILL_REFERRED } from './problems.js';
import { newRoleSchema, roleChangesSchema, rolePageSchema, roleSchema } from './schemas.js';

const AREA = 'identity.roles';

@ApiTags('admin')
@Controller('admin/roles')
export class RolesController {
  constructor(
    private readonly roles: RoleCatalogue,
    private readonly administer: AdministerRoles,
  ) {}

  @Get()
  @Permission(AREA, 'read')
  @ApiOperation({ operationId: 'listRoles', summary: 'Roles', description: 'In the order of their ids.' })
  @ApiOkResponse({ description: 'A page of roles.', standardSchema: rolePageSchema })
  async list(
    @Query({ schema: cursorSchema }) { limit, cursor }: z.infer<typeof cursorSchema>,
  ): Promise<z.infer<typeof rolePageSchema>> {
    return toPage(await this.roles.page({ after: cursor, limit: limit + 1 }), limit);
  }

  @Post()
  @Permission(AREA, 'manage')
  @ApiOperation({ operationId: 'createRole', summary: 'Make a role', description: 'Definitions say what it gives.' })
  @ApiCreatedResponse({ description: 'The role.', standardSchema: roleSchema })
  @ApiProblems(ROLE_EXISTS, IDS_AWAY)
  async create(
    @Body({ schema: newRoleSchema }) fields: z.infer<typeof newRoleSchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<z.infer<typeof roleSchema>> {
    return toAnswer(await this.administer.create(fields, toActor(principal)));
  }

  @Get(':id')
  @Permission(AREA, 'read')
  @ApiOperation({ operationId: 'readRole', summary: 'A role', description: 'By its id.' })
  @ApiOkResponse({ description: 'The role.', standardSchema: roleSchema })
  @ApiProblems(NO_ROLE)
  async read(@Param('id', { schema: idSchema }) id: string): Promise<z.infer<typeof roleSchema>> {
    const role = await this.roles.find(id);
    if (!role) throw roleNotFound();
    return toAnswer(role);
  }

  @Patch(':id')
  @Permission(AREA, 'manage')
  @ApiOperation({
    operationId: 'changeRole',
    summary: 'Change a role',
    description:
      'Who enables a role must have what it allows; who disables it, what it denies; who changes identifier or priority ' +
      'of one that definitions refer to, everything.',
  })
  @ApiOkResponse({ description: 'The role after the change.', standardSchema: roleSchema })
  @ApiProblems(NO_ROLE, CANNOT_GRANT, LAST_ADMINISTRATOR, ROLE_EXISTS, BUILT_IN, IDS_AWAY)
  async change(
    @Param('id', { schema: idSchema }) id: string,
    @Body({ schema: roleChangesSchema }) changes: z.infer<typeof roleChangesSchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<z.infer<typeof roleSchema>> {
    return toAnswer(await this.administer.change(id, changes, toActor(principal)));
  }

  @Delete(':id')
  @HttpCode(204)
  @Permission(AREA, 'manage')
  @ApiOperation({
    operationId: 'deleteRole',
    summary: 'Delete a role',
    description: 'One that no definition refers to.',
  })
  @ApiNoContentResponse({ description: 'Deleted.' })
  @ApiProblems(NO_ROLE, BUILT_IN, STILL_REFERRED, IDS_AWAY)
  async remove(@Param('id', { schema: idSchema }) id: string, @CurrentPrincipal() principal: Principal): Promise<void> {
    await this.administer.remove(id, toActor(principal));
  }
}
