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
import { AdministerPermissions, permissionNotFound } from '../application/administer-permissions.js';
import { PermissionCatalogue } from '../application/catalogue.js';
import { toActor } from './answers.js';
import {
  BUILT_IN,
  CANNOT_GRANT,
  LAST_ADMINISTRATOR,
  NO_PERMISSION,
  PERMISSION_EXISTS,
  STILL_REFERRED,
} from './problems.js';
import { newPermissionSchema, permissionChangesSchema, permissionPageSchema, permissionSchema } from './schemas.js';

const AREA = 'identity.permissions';

@ApiTags('admin')
@Controller('admin/permissions')
export class PermissionsController {
  constructor(
    private readonly permissions: PermissionCatalogue,
    private readonly administer: AdministerPermissions,
  ) {}

  @Get()
  @Permission(AREA, 'read')
  @ApiOperation({ operationId: 'listPermissions', summary: 'Permissions', description: 'In the order of their ids.' })
  @ApiOkResponse({ description: 'A page of permissions.', standardSchema: permissionPageSchema })
  async list(
    @Query({ schema: cursorSchema }) { limit, cursor }: z.infer<typeof cursorSchema>,
  ): Promise<z.infer<typeof permissionPageSchema>> {
    return toPage(await this.permissions.page({ after: cursor, limit: limit + 1 }), limit);
  }

  @Post()
  @Permission(AREA, 'manage')
  @ApiOperation({
    operationId: 'createPermission',
    summary: 'Make a permission',
    description: 'Its code is what a check asks about; `orders` covers `orders.read`.',
  })
  @ApiCreatedResponse({ description: 'The permission.', standardSchema: permissionSchema })
  @ApiProblems(PERMISSION_EXISTS, IDS_AWAY)
  async create(
    @Body({ schema: newPermissionSchema }) fields: z.infer<typeof newPermissionSchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<z.infer<typeof permissionSchema>> {
    return toAnswer(await this.administer.create(fields, toActor(principal)));
  }

  @Get(':id')
  @Permission(AREA, 'read')
  @ApiOperation({ operationId: 'readPermission', summary: 'A permission', description: 'By its id.' })
  @ApiOkResponse({ description: 'The permission.', standardSchema: permissionSchema })
  @ApiProblems(NO_PERMISSION)
  async read(@Param('id', { schema: idSchema }) id: string): Promise<z.infer<typeof permissionSchema>> {
    const permission = await this.permissions.find(id);
    if (!permission) throw permissionNotFound();
    return toAnswer(permission);
  }

  @Patch(':id')
  @Permission(AREA, 'manage')
  @ApiOperation({
    operationId: 'changePermission',
    summary: 'Change a permission',
    description: 'The code of one that definitions refer to: for who may do everything with the old and the new one.',
  })
  @ApiOkResponse({ description: 'The permission after the change.', standardSchema: permissionSchema })
  @ApiProblems(NO_PERMISSION, CANNOT_GRANT, LAST_ADMINISTRATOR, PERMISSION_EXISTS, BUILT_IN, IDS_AWAY)
  async change(
    @Param('id', { schema: idSchema }) id: string,
    @Body({ schema: permissionChangesSchema }) changes: z.infer<typeof permissionChangesSchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<z.infer<typeof permissionSchema>> {
    return toAnswer(await this.administer.change(id, changes, toActor(principal)));
  }

  @Delete(':id')
  @HttpCode(204)
  @Permission(AREA, 'manage')
  @ApiOperation({
    operationId: 'deletePermission',
    summary: 'Delete a permission',
    description: 'One that no definition refers to.',
  })
  @ApiNoContentResponse({ description: 'Deleted.' })
  @ApiProblems(NO_PERMISSION, BUILT_IN, STILL_REFERRED, IDS_AWAY)
  async remove(@Param('id', { schema: idSchema }) id: string, @CurrentPrincipal() principal: Principal): Promise<void> {
    await this.administer.remove(id, toActor(principal));
  }
}
