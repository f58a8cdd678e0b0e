import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ApiProblems, CurrentPrincipal, IDS_AWAY, Permission, type Principal } from '@platform/http';
import { ListConfigurations } from '../application/configuration/list-configurations.js';
import { SetConfiguration } from '../application/configuration/set-configuration.js';
import {
  codeSchema,
  configurationChangeSchema,
  configurationSetSchema,
  configurationsQuerySchema,
  configurationPageSchema,
} from './schemas.js';

const OBJECT = 'identity.configurations';

@ApiTags('admin')
@Controller('admin/configurations')
export class ConfigurationsController {
  constructor(
    private readonly configurations: ListConfigurations,
    private readonly configuration: SetConfiguration,
  ) {}

  @Get()
  @Permission(OBJECT, 'read')
  @ApiOperation({
    operationId: 'listConfigurations',
    summary: 'What is configured',
    description:
      'Rows of the shared configuration by code, without their values, in which other services may keep secrets. ' +
      'Of a credential nothing is told but whether there is one and how it is kept.',
  })
  @ApiOkResponse({ description: 'A page of rows.', standardSchema: configurationPageSchema })
  async list(@Query({ schema: configurationsQuerySchema }) query: z.infer<typeof configurationsQuerySchema>) {
    const { rows, next } = await this.configurations.page(query);
    return {
      items: rows.map((row) => ({ ...row, updatedAt: row.updatedAt?.toISOString() ?? null })),
      nextCursor: next,
    };
  }

  @Put(':code')
  @Permission(OBJECT, 'manage')
  @ApiOperation({
    operationId: 'setConfiguration',
    summary: 'Configure something',
    description:
      'Changes a row, or makes it when there is a value. What is left out stays as it is; but a row with a credential ' +
      'gets a new value only together with a credential, since the kept one would be sent to wherever the value points. ' +
      'A credential is sealed before it goes anywhere and never comes back. Workers see the change within seconds.',
  })
  @ApiOkResponse({ description: 'It is configured.', standardSchema: configurationSetSchema })
  @ApiProblems(
    {
      kind: 'not-found',
      code: 'configuration.unknown',
      when: 'There is no such row yet, and no value to make one of.',
    },
    { kind: 'conflict', code: 'configuration.conflict', when: 'Another service changes the row; try again.' },
    IDS_AWAY,
  )
  async set(
    @Param('code', { schema: codeSchema }) code: string,
    @Body({ schema: configurationChangeSchema }) change: z.infer<typeof configurationChangeSchema>,
    @CurrentPrincipal() { userId }: Principal,
  ) {
    return await this.configuration.execute({ code, ...change }, { type: 'user', id: userId });
  }
}
