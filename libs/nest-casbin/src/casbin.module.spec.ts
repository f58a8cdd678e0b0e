import { Controller, type ExecutionContext, Get, Injectable, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CasbinModule } from './casbin.module.js';
import { EnforcerFactory } from './enforcer-factory.js';
import { PermissionDenied, UnknownSubject } from './errors.js';
import { PermissionChecker, PermissionGuard, SubjectResolver } from './permission.guard.js';
import type { PolicyLine } from './policy-enforcer.js';
import { type Permission, RequirePermission } from './require-permission.js';

const MODEL = `
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act
`;
const LINES: PolicyLine[] = [
  ['g', 'ana', 'librarian'],
  ['p', 'librarian', 'book', 'lend'],
];

@Injectable()
class HeaderSubject extends SubjectResolver {
  resolve(context: ExecutionContext): string | undefined {
    return context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers['x-user'];
  }
}

@Injectable()
class Library extends PermissionChecker {
  private readonly enforcer;

  constructor(factory: EnforcerFactory) {
    super();
    this.enforcer = factory.create(LINES);
  }

  isAllowed(subject: string, { object, action }: Permission): boolean {
    return this.enforcer.isAllowed(subject, object, action);
  }
}

@Controller('books')
@UseGuards(PermissionGuard)
class Books {
  @Get('lend')
  @RequirePermission('book', 'lend')
  lend() {
    return 'lent';
  }

  @Get('burn')
  @RequirePermission('book', 'burn')
  burn() {
    return 'burnt';
  }

  @Get('open')
  open() {
    return 'open';
  }
}

@Controller('desk')
@UseGuards(PermissionGuard)
@RequirePermission('desk', 'use')
class Desk {
  @Get()
  use() {
    return 'used';
  }

  @Get('book')
  @RequirePermission('book', 'lend')
  lend() {
    return 'lent';
  }
}

@Module({
  imports: [
    CasbinModule.forRootAsync({
      useFactory: () => Promise.resolve({ model: MODEL }),
      subjectResolver: HeaderSubject,
      permissionChecker: Library,
    }),
  ],
  controllers: [Books, Desk],
})
class App {}

describe('the guard', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    app = await NestFactory.create<NestFastifyApplication>(App, new FastifyAdapter(), { logger: false });
    await app.init();
  });
  afterAll(() => app.close());

  const status = async (url: string, user?: string) =>
    (await app.inject({ url, headers: user === undefined ? {} : { 'x-user': user } })).statusCode;

  it('lets through whom a policy allows, by a role', async () => {
    expect(await status('/books/lend', 'ana')).toBe(200);
  });

  it('answers 403 to who may not, 401 to nobody', async () => {
    expect(await status('/books/lend', 'bao')).toBe(403);
    expect(await status('/books/burn', 'ana')).toBe(403);
    expect(await status('/books/lend')).toBe(401);
  });

  it('leaves a route alone that demands nothing', async () => {
    expect(await status('/books/open')).toBe(200);
  });

  it('takes what the class demands, unless the route demands something else', async () => {
    expect(await status('/desk', 'ana')).toBe(403);
    expect(await status('/desk/book', 'ana')).toBe(200);
  });

  it('throws errors that a filter can tell apart', async () => {
    const guard = app.get(PermissionGuard, { strict: false });
    const context = (user?: string) =>
      ({
        getHandler: () => Books.prototype.burn,
        getClass: () => Books,
        switchToHttp: () => ({ getRequest: () => ({ headers: { 'x-user': user } }) }),
      }) as unknown as ExecutionContext;
    await expect(guard.canActivate(context())).rejects.toThrow(UnknownSubject);
    await expect(guard.canActivate(context('ana'))).rejects.toThrow(PermissionDenied);
    await expect(guard.canActivate(context('ana'))).rejects.toMatchObject({
      permission: { object: 'book', action: 'burn' },
    });
  });
});

describe('the module', () => {
  it('gives the factory to the whole application when it is global, and without a guard', async () => {
    @Injectable()
    class Asker {
      constructor(readonly factory: EnforcerFactory) {}
    }
    @Module({ providers: [Asker] })
    class Feature {}
    @Module({ imports: [CasbinModule.forRoot({ model: MODEL, isGlobal: true }), Feature] })
    class Whole {}
    const context = await NestFactory.createApplicationContext(Whole, { logger: false });
    const { factory } = context.get(Asker, { strict: false });
    expect(factory.create(LINES).isAllowed('ana', 'book', 'lend')).toBe(true);
    expect(() => context.get(PermissionGuard, { strict: false })).toThrow(/PermissionGuard/);
    await context.close();
  });

  it('does not start with a model that cannot be read', async () => {
    @Module({ imports: [CasbinModule.forRoot({ model: '[policy_definition]' })] })
    class Broken {}
    const start = NestFactory.createApplicationContext(Broken, { logger: false, abortOnError: false });
    await expect(start).rejects.toThrow(/The Casbin model is not usable/);
  });
});
