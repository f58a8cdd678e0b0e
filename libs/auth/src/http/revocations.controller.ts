import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ApiEventStream, ApiProblems, Basic, servicePrincipalOf } from '@platform/http';
import { invalidRequest } from '@platform/kernel';
import { ListSessionEnds } from '../application/session/list-session-ends.js';
import { type FeedCursor, formatCursor } from '../domain/session/feed-cursor.js';
import { RevocationStreams } from './revocation-streams.js';
import { feedCursorSchema, revocationsQuerySchema, revocationsSchema, STREAM_EXAMPLE } from './revocations.schemas.js';

const LAST_EVENT_ID = 'Last-Event-ID';

@ApiTags('internal')
@Controller('internal/revocations')
export class RevocationsController {
  constructor(
    private readonly list: ListSessionEnds,
    private readonly streams: RevocationStreams,
  ) {}

  @Get()
  @Basic('revocations:read')
  @ApiEventStream(STREAM_EXAMPLE)
  @ApiOperation({
    operationId: 'listRevocations',
    summary: 'Which sessions have ended?',
    description: `Access tokens of these sessions are no longer good, whatever their time says. None is missed, some may be told twice.

Ask with \`after\` set to the \`nextCursor\` before, as often as you like: fewer items than \`limit\` are all there is.
Without \`after\`, or with a cursor that is old or of a database that was replaced, everything of the last \`windowSeconds\`
is answered, so that nobody ever has to begin anew. Sessions whose time is over are not told of.

With \`Accept: text/event-stream\` the same comes as server-sent events, and goes on: \`session-ended\` with the members of
an item, at once and in a burst a page at a time, and \`heartbeat\` with \`{}\` at least every 15 seconds. The \`id\` of each
is a cursor; a client that comes back sends the last one as \`Last-Event-ID\` (or as \`after\`) and is told first what it has
missed. A stream ends when its service account is revoked, when the service stops, and when its client does not read it.`,
  })
  @ApiHeader({
    name: LAST_EVENT_ID,
    required: false,
    description: 'The id of the last event of a stream before; it counts more than `after`, and for a stream alone.',
    schema: { type: 'string' },
  })
  @ApiOkResponse({ description: 'The sessions that have ended since.', standardSchema: revocationsSchema })
  @ApiProblems({
    kind: 'unavailable',
    code: 'auth.too-many-streams',
    when: 'As many streams are open as may be.',
    limit: 'revocation-streams',
  })
  async revocations(
    @Query({ schema: revocationsQuerySchema }) { after, limit }: z.infer<typeof revocationsQuerySchema>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (wantsEvents(request)) {
      const caller = servicePrincipalOf(request);
      if (!caller) throw new Error('no service account: the route lacks @Basic');
      await this.streams.open(caller, lastEventId(request) ?? after, { request, reply });
      return;
    }
    const { items, next } = await this.list.execute(after, limit);
    const body: z.infer<typeof revocationsSchema> = {
      items: items.map(({ sessionId, userId, reason, endedAt }) => ({ sessionId, userId, reason, endedAt })),
      nextCursor: formatCursor(next),
      windowSeconds: this.list.windowSeconds,
    };
    await reply.send(body);
  }
}

/** Not HEAD: the answer to it has no body, and would never end. */
function wantsEvents({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && /\btext\/event-stream\b/i.test(headers.accept ?? '');
}

/** @throws DomainError `request.invalid` when it is no cursor */
function lastEventId({ headers }: FastifyRequest): FeedCursor | undefined {
  const given = headers['last-event-id'];
  if (given === undefined) return undefined;
  const cursor = feedCursorSchema.safeParse(given);
  if (cursor.success) return cursor.data;
  throw invalidRequest([{ path: LAST_EVENT_ID, code: 'custom', message: 'wants the id of an event' }]);
}
