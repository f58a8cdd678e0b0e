import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CLOCK } from '@platform/config';
import { page, Permission, timeSchema } from '@platform/http';
import type { Clock } from '@platform/kernel';
import { KeyRingHolder } from '../application/key-ring-holder.js';
import { listRing } from '../application/list-keys.js';
import { SIGNING_ALGORITHMS } from '../domain/jwk.js';

/** No member of a key itself: what is public of it stands at /jw-certs, the rest nowhere. */
const signingKeySchema = z
  .object({
    kid: z.string().nullable().meta({
      description: 'RFC 7638 thumbprint; null of a revoked key whose entry was written by hand.',
    }),
    alg: z.enum(SIGNING_ALGORITHMS).nullable().meta({ description: 'Null of a revoked key.' }),
    state: z.enum(['next', 'signing', 'retired', 'gone', 'revoked']).meta({
      description:
        '`next` is published and waits, `signing` signs, `retired` still verifies, `gone` may be deleted; `revoked` is ' +
        'trusted no more.',
    }),
    activatesAt: timeSchema,
    ageSeconds: z.number().int().meta({ description: 'Since its activation; 0 before it.' }),
    changesAt: timeSchema.nullable().meta({ description: 'When the state ends; null when nothing is due.' }),
  })
  .meta({
    id: 'SigningKey',
    examples: [
      {
        kid: 'cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s',
        alg: 'ES256',
        state: 'signing',
        activatesAt: '2026-11-24T08:15:30.000Z',
        ageSeconds: 86_400,
        changesAt: null,
      },
    ],
  });
const signingKeyPageSchema = page(signingKeySchema);

@ApiTags('admin')
@Controller('admin/keys')
export class AdminKeysController {
  constructor(
    private readonly ring: KeyRingHolder,
    @Inject(CLOCK) private readonly clock: Pick<Clock, 'now'>,
  ) {}

  @Get()
  @Permission('identity.keys', 'read')
  @ApiOperation({
    operationId: 'listKeys',
    summary: 'The signing keys in use',
    description:
      'Those that this replica has loaded, oldest activation first, then what was revoked; all on one page. Keys are ' +
      'changed by files, never here.',
  })
  @ApiOkResponse({ description: 'The keys.', standardSchema: signingKeyPageSchema })
  list(): z.infer<typeof signingKeyPageSchema> {
    const items = listRing(this.ring.current(), this.clock.now()).map((key) => ({
      ...key,
      activatesAt: key.activatesAt.toISOString(),
      changesAt: key.changesAt?.toISOString() ?? null,
    }));
    return { items, nextCursor: null };
  }
}
