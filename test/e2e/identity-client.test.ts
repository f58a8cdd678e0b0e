import { Controller, Get, Module, Param } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createPolicyClient,
  createVerifier,
  type PolicyClient,
  type Principal,
  type Verifier,
} from '@nx-seller/identity-client';
import {
  AccessTokenGuard,
  CurrentPrincipal,
  IdentityClientModule,
  Public,
  RequirePermission,
} from '@nx-seller/identity-client/nest';
import { poll } from '@platform/testing';
import type { Tokens } from '../support/client.js';
import { createSister } from '../support/sisters.js';
import { startService, type TestService } from '../support/start-service.js';

type Person = Tokens & { userId: string };

let service: TestService;
let account: { baseUrl: string; name: string; secret: string };
let verifier: Verifier;
let policies: PolicyClient;
let ana: Person;

beforeAll(async () => {
  service = await startService();
  const { name, secret } = await createSister(service, 'policies:check');
  account = { baseUrl: `${service.origin}/v1/api/identity`, name, secret };
  verifier = createVerifier(expectations());
  policies = createPolicyClient(account);
  ana = await service.client.signUp();
  await service.sql(`INSERT INTO "Permission" (id, code, name) VALUES (7, 'orders', 'Orders')`);
  await service.sql(
    `INSERT INTO "PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id, action, domain)
     VALUES (11, 'grant', 'User', $1, 'Permission', 7, 'read', 'Shop_7')`,
    [ana.userId],
  );
});
afterAll(async () => {
  await verifier.close();
  await service.stop();
});

/** The service's own audience is in every token; a sister's is where the person asked for it. */
const expectations = () => ({
  issuer: service.env.JWT_ISSUER ?? '',
  audience: 'nx-seller',
  jwksUri: `${service.origin}/jw-certs`,
});
const check = (userId: string, more: object = {}) => ({
  subject: { type: 'User', id: userId },
  domain: 'Shop_7',
  object: 'orders.items',
  action: 'read',
  ...more,
});

describe('a sister', () => {
  it('knows who calls by the token that the service issued', async () => {
    const { userId, sessionId, expiresAt } = await verifier.verify(ana.accessToken);
    expect({ userId, sessionId }).toEqual({ userId: ana.userId, sessionId: ana.sessionId });
    expect(expiresAt.getTime()).toBeGreaterThan(Date.now());
    expect(verifier.state()).toMatchObject({ keys: 1 });
  });

  it('refuses the tokens of an audience that is not hers, and all that are no access tokens', async () => {
    await using shop = createVerifier({ ...expectations(), audience: 'shop' });
    await expect(shop.verify(ana.accessToken)).rejects.toMatchObject({ code: 'audience' });
    await expect(verifier.verify(ana.refreshToken)).rejects.toMatchObject({ name: 'TokenInvalidError' });
  });

  it('learns what somebody may do', async () => {
    await poll('the grant', 2, async () => (await policies.isAllowed(check(ana.userId))) || undefined);
    expect(await policies.check(check(ana.userId))).toEqual({ allowed: true, policyId: '11' });
    expect(await policies.check(check('1'))).toEqual({ allowed: false });
    const all = Array.from({ length: 120 }, (_, index) => check(ana.userId, { action: index % 2 ? 'read' : 'write' }));
    expect((await policies.checkBatch(all)).map(({ allowed }) => allowed)).toEqual(
      all.map(({ action }) => action === 'read'),
    );
    const { version, permissions } = await policies.permissions({ type: 'User', id: ana.userId }, 'Shop_7');
    expect(version).not.toBe('');
    expect(permissions).toEqual([{ object: 'orders', action: 'read', effect: 'allow', policyId: '11' }]);
  });

  it('is told when it is her own account, or her own question, that is refused', async () => {
    const stranger = createPolicyClient({ ...account, secret: 'x'.repeat(43) });
    await expect(stranger.check(check('1'))).rejects.toMatchObject({ code: 'unauthorized', status: 401 });
    const { name, secret } = await createSister(service, 'users:read');
    const other = createPolicyClient({ ...account, name, secret });
    await poll('the account', 3, async () => {
      const refused = await other.check(check('1')).catch((error: unknown) => error);
      return (refused as { status?: number }).status === 403 || undefined;
    });
    const malformed = policies.check(check('1', { domain: 'Shop' }));
    await expect(malformed).rejects.toMatchObject({ code: 'request-refused', status: 422, problem: 'request.invalid' });
  });
});

@Controller()
class Orders {
  @Get('health')
  @Public()
  health(@CurrentPrincipal() principal: Principal | undefined) {
    return { principal: principal ?? null };
  }

  @Get('me')
  me(@CurrentPrincipal() { userId, sessionId }: Principal) {
    return { userId, sessionId };
  }

  @Get('shops/:shop/orders')
  @RequirePermission('orders', 'read', (request: { params: { shop: string } }) => `Shop_${request.params.shop}`)
  list(@Param('shop') shop: string) {
    return { shop };
  }

  @Get('orders')
  @RequirePermission('orders', 'read')
  all() {
    return [];
  }
}

describe('a sister with Nest', () => {
  let app: NestFastifyApplication;
  let origin: string;

  const start = async (verifierOptions: object = {}, policyOptions: object = {}) => {
    const options = {
      verifier: { ...expectations(), ...verifierOptions },
      policies: { ...account, ...policyOptions },
    };
    @Module({
      imports: [IdentityClientModule.forRootAsync({ useFactory: () => Promise.resolve(options) })],
      controllers: [Orders],
      providers: [{ provide: APP_GUARD, useExisting: AccessTokenGuard }],
    })
    class Sister {}
    const started = await NestFactory.create<NestFastifyApplication>(Sister, new FastifyAdapter(), { logger: false });
    await started.listen(0, '127.0.0.1');
    return { started, url: await started.getUrl() };
  };

  beforeAll(async () => {
    ({ started: app, url: origin } = await start());
  });
  afterAll(async () => {
    await app.close();
  });

  const get = async (path: string, token?: string, from = origin) => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(`${from}${path}`, { headers });
    return {
      status: answer.status,
      challenge: answer.headers.get('www-authenticate'),
      retryAfter: answer.headers.get('retry-after'),
      body: await answer.json(),
    };
  };

  it('lets nobody in without a token, and says what it wants', async () => {
    expect(await get('/me')).toMatchObject({ status: 401, challenge: 'Bearer' });
    expect(await get('/me', 'x.y.z')).toMatchObject({ status: 401, challenge: 'Bearer error="invalid_token"' });
    expect(await get('/orders', ana.refreshToken)).toMatchObject({ status: 401 });
  });

  it('hands the caller to the handler, and nobody where the route is public', async () => {
    const { userId, sessionId } = ana;
    expect(await get('/me', ana.accessToken)).toMatchObject({ status: 200, body: { userId, sessionId } });
    expect(await get('/health', ana.accessToken)).toMatchObject({ status: 200, body: { principal: null } });
    expect(await get('/health')).toMatchObject({ status: 200 });
  });

  it('asks the policies what a route demands', async () => {
    const bob = await service.client.signUp();
    expect(await get('/shops/7/orders', ana.accessToken)).toMatchObject({ status: 200, body: { shop: '7' } });
    expect(await get('/shops/8/orders', ana.accessToken)).toMatchObject({ status: 403 });
    expect(await get('/orders', ana.accessToken)).toMatchObject({ status: 403 });
    expect(await get('/shops/7/orders', bob.accessToken)).toMatchObject({ status: 403 });
    expect(await get('/shops/7/orders')).toMatchObject({ status: 401 });
    for (const shop of ['7%20or%208', 'x'.repeat(90)])
      expect(await get(`/shops/${shop}/orders`, ana.accessToken)).toMatchObject({ status: 403 });
  });

  it('answers 503 while nobody can tell', async () => {
    const nowhere = 'http://127.0.0.1:9';
    const [withoutKeys, withoutPolicies] = [
      await start({ jwksUri: `${nowhere}/jw-certs` }),
      await start({}, { baseUrl: nowhere }),
    ];
    try {
      expect(await get('/me', ana.accessToken, withoutKeys.url)).toMatchObject({ status: 503, retryAfter: '1' });
      expect(await get('/me', ana.accessToken, withoutPolicies.url)).toMatchObject({ status: 200 });
      expect(await get('/orders', ana.accessToken, withoutPolicies.url)).toMatchObject({
        status: 503,
        retryAfter: '1',
      });
    } finally {
      await withoutKeys.started.close();
      await withoutPolicies.started.close();
    }
  });
});
