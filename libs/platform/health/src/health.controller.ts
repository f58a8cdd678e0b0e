import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { ApiProblems, Public } from '@platform/http';
import { DomainError } from '@platform/kernel';
import { Readiness } from './readiness.js';

const detailSchema = z.record(z.string(), z.looseObject({ status: z.string() }).meta({ id: 'HealthIndicator' }));
const up = { status: 'up' };
const readyExample = {
  status: 'ok',
  info: { database: up, keys: up },
  error: {},
  details: { database: up, keys: up, redis: up },
};
const readySchema = z
  .object({
    status: z.string().meta({ description: '`degraded` while Redis is away.', examples: ['ok'] }),
    info: detailSchema,
    error: detailSchema,
    details: detailSchema,
  })
  .meta({ id: 'Readiness', examples: [readyExample] });
const aliveSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Liveness', examples: [{ status: 'ok' }] });

@ApiTags('health')
@Public()
@Controller()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('healthz')
  @ApiOperation({
    operationId: 'isAlive',
    summary: 'Is the process alive?',
    description: '200 while the event loop turns.',
  })
  @ApiOkResponse({ description: 'Alive.', standardSchema: aliveSchema })
  alive() {
    return { status: 'ok' as const };
  }

  @Get('readyz')
  @ApiOperation({
    operationId: 'isReady',
    summary: 'May it receive traffic?',
    description: 'Keys, schema and PostgreSQL decide; Redis is told and does not.',
  })
  @ApiOkResponse({ description: 'Ready.', standardSchema: readySchema })
  @ApiProblems({
    kind: 'unavailable',
    code: 'service.not-ready',
    when: 'Something that every request needs is away; `details` says what.',
    limit: 'readiness',
  })
  async ready() {
    const { ready, result } = await this.readiness.check();
    if (ready) return result;
    const { status: state, ...members } = result;
    throw new DomainError({
      code: 'service.not-ready',
      kind: 'unavailable',
      message: 'The service is not ready.',
      limit: 'readiness',
      retryAfterSeconds: 1,
      members: { ...members, state },
    });
  }
}
