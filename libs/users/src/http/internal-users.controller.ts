import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ApiProblems, Basic, idSchema } from '@platform/http';
import { FindUser } from '../application/find-user.js';
import { LookUpUsers } from '../application/look-up-users.js';
import { lookUpSchema, lookedUpSchema } from './internal.schemas.js';
import { userSchema } from './schemas.js';

@ApiTags('internal')
@Basic('users:read')
@Controller('internal/users')
export class InternalUsersController {
  constructor(
    private readonly findUser: FindUser,
    private readonly lookUpUsers: LookUpUsers,
  ) {}

  @Get(':id')
  @ApiOperation({ operationId: 'findUser', summary: 'An account by its id', description: 'Disabled ones too.' })
  @ApiOkResponse({ description: 'The account.', standardSchema: userSchema })
  @ApiProblems({ kind: 'not-found', code: 'users.not-found', when: 'There is no such account, or it was deleted.' })
  async find(@Param('id', { schema: idSchema }) id: string): Promise<z.infer<typeof userSchema>> {
    return await this.findUser.execute(id);
  }

  @Post('lookup')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'lookUpUsers',
    summary: 'Accounts by what names them',
    description: 'Up to 100 identifiers, answered in order. Identifiers that nobody has proven yet count as well.',
  })
  @ApiOkResponse({ description: 'One item for each identifier.', standardSchema: lookedUpSchema })
  async lookUp(
    @Body({ schema: lookUpSchema }) { identifiers }: z.infer<typeof lookUpSchema>,
  ): Promise<z.infer<typeof lookedUpSchema>> {
    return { items: await this.lookUpUsers.execute(identifiers) };
  }
}
