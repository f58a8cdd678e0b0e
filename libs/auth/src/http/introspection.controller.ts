import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { AcceptsForm, ApiProblems, Basic } from '@platform/http';
import { IntrospectToken } from '../application/session/introspect-token.js';
import { introspectionRequestSchema, introspectionSchema } from './introspection.schemas.js';

@ApiTags('internal')
@Controller('internal/tokens')
export class IntrospectionController {
  constructor(private readonly introspectToken: IntrospectToken) {}

  @Post('introspect')
  @HttpCode(200)
  @Basic('tokens:introspect')
  @AcceptsForm()
  @ApiOperation({
    operationId: 'introspectToken',
    summary: 'Is this access token good?',
    description:
      'RFC 7662. A token is active until its time is over or its session ends, at most five seconds behind. Whatever ' +
      'else is handed in, a refresh token too, is not active. The names of the fields are those of the RFC; a form is ' +
      'taken as it says, and JSON as everywhere else.',
  })
  @ApiOkResponse({ description: 'What the token says, if it is good.', standardSchema: introspectionSchema })
  @ApiProblems({
    kind: 'unsupported-media-type',
    code: 'request.unsupported-media-type',
    when: 'The body is neither application/json nor a form.',
  })
  async introspect(
    @Body({ schema: introspectionRequestSchema }) { token }: z.infer<typeof introspectionRequestSchema>,
  ): Promise<z.infer<typeof introspectionSchema>> {
    return await this.introspectToken.execute(token);
  }
}
