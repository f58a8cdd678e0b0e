import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { cursorSchema, idSchema, page, Permission, plainText, timeSchema, toPage } from '@platform/http';
import { AuditTrail } from '../audit-trail.js';

/** A time that is asked for may be told of any place, as the document's `date-time` may; what is answered is UTC. */
const momentSchema = z.iso.datetime({ offset: true }).optional();

const eventsQuerySchema = cursorSchema.extend({
  userId: idSchema.optional().meta({ description: 'Events that happened to this user.' }),
  action: plainText(1, 64).optional().meta({ description: 'Events of this kind, such as `sign-in.failed`.' }),
  from: momentSchema.meta({ description: 'Events from then on.' }),
  to: momentSchema.meta({ description: 'Events until before then.' }),
});

const eventSchema = z
  .object({
    id: idSchema,
    occurredAt: timeSchema,
    action: z.string(),
    outcome: z.enum(['success', 'failure']),
    actorType: z.string().meta({ description: '`user`, `operator`, `service`, `system` or `anonymous`.' }),
    actorId: z.string().nullable(),
    userId: idSchema.nullable().meta({ description: 'Whom it happened to.' }),
    ip: z.string().nullable(),
    requestId: z.string().nullable(),
    details: z.record(z.string(), z.unknown()).meta({ description: 'No secrets; identifiers are masked.' }),
  })
  .meta({
    id: 'AuditEvent',
    examples: [
      {
        id: '248151234567890947',
        occurredAt: '2026-11-24T08:15:30.000Z',
        action: 'user.disabled',
        outcome: 'success',
        actorType: 'user',
        actorId: '248151234567890944',
        userId: '248151234567890945',
        ip: '203.0.113.7',
        requestId: '0d9f4f5e-6f0e-4b8b-9f57-6a4c8d3a2b10',
        details: {},
      },
    ],
  });
const eventPageSchema = page(eventSchema);

/** The audit trail, for those who administer. Only an app that serves HTTP has it. */
@ApiTags('admin')
@Controller('admin/audit-events')
export class AuditController {
  constructor(private readonly trail: AuditTrail) {}

  @Get()
  @Permission('identity.audit', 'read')
  @ApiOperation({
    operationId: 'listAuditEvents',
    summary: 'What happened',
    description: 'Audit events, newest first: all, or those of a user, a kind and a time.',
  })
  @ApiOkResponse({ description: 'A page of events.', standardSchema: eventPageSchema })
  async list(
    @Query({ schema: eventsQuerySchema }) { limit, cursor, from, to, ...filter }: z.infer<typeof eventsQuerySchema>,
  ) {
    const times = {
      from: from === undefined ? undefined : new Date(from),
      to: to === undefined ? undefined : new Date(to),
    };
    const found = await this.trail.page({ ...filter, ...times, limit: limit + 1, before: cursor });
    return toPage(found, limit);
  }
}
