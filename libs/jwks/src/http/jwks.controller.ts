import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiNotModifiedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '@platform/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PublishKeySet } from '../application/publish-key-set.js';
import { jwkSetSchema } from './jwk-set.schema.js';
import { matchesEtag } from './matches-etag.js';

/**
 * RFC 7517 §8.5.2 registers `application/jwk-set+json`, but gateways and caches that allow or compress by type know
 * `application/json`; the clients we know accept both (jose and Spring even ask for `application/json` first).
 */
const CONTENT_TYPE = 'application/json; charset=utf-8';
const headers = {
  'Cache-Control': {
    description: 'N = seconds until the set next changes, 1 to 300',
    schema: { type: 'string' as const },
  },
  ETag: { description: 'Strong; the same on every replica', schema: { type: 'string' as const } },
};

/** `GET /jw-certs`, outside the base path: sisters know no other address. */
@ApiTags('keys')
@Controller('jw-certs')
export class JwksController {
  constructor(private readonly keySet: PublishKeySet) {}

  /** The reply is written directly: Nest's serialisation would parse and print again what is ready in memory. */
  @Get()
  @Public()
  @ApiOperation({
    operationId: 'getJwkSet',
    summary: 'The public keys that verify access tokens',
    description:
      'A JWK set (RFC 7517). Keys appear here a day before they sign and stay until their last token expired.',
  })
  @ApiOkResponse({ description: 'The JWK set', standardSchema: jwkSetSchema, headers })
  @ApiNotModifiedResponse({ description: 'If-None-Match names the current ETag', headers })
  publish(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const { keySet, maxAgeSeconds } = this.keySet.execute();
    reply.header('cache-control', `public, max-age=${maxAgeSeconds}`).header('etag', keySet.etag);
    if (matchesEtag(request.headers['if-none-match'], keySet.etag)) void reply.code(304).send();
    else void reply.header('content-type', CONTENT_TYPE).send(keySet.body);
  }
}
