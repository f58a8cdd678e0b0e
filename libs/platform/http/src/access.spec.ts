import { Controller, Get, Injectable, Module, type Type } from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { accessOf, Bearer, Public } from './access.js';
import { configureHttp, createAdapter } from './configure-http.js';
import { HttpModule } from './http.module.js';

@Controller('undeclared')
class UndeclaredController {
  @Get('declared')
  @Public()
  declared() {
    return {};
  }

  @Get('forgotten')
  forgotten() {
    return {};
  }

  @Get('forgotten-too')
  forgottenToo() {
    return {};
  }
}

@Bearer()
@Controller('declared')
class DeclaredController {
  @Get()
  inherited() {
    return {};
  }

  @Get('open')
  @Public()
  open() {
    return {};
  }

  helper() {
    return {};
  }
}

@Injectable()
@Controller('child')
class ChildController extends UndeclaredController {}

/** An API with these controllers, configured as ours is. */
async function boot(...controllers: Type[]): Promise<void> {
  class ApiModule {}
  Module({ imports: [HttpModule], controllers })(ApiModule);
  const adapter = createAdapter({ trustedProxyHops: 0, logger: pino({ level: 'silent' }) });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule, adapter, {
    logger: false,
    abortOnError: false,
    bodyParser: false,
  });
  try {
    configureHttp(app);
    await app.init();
  } finally {
    await app.close();
  }
}

describe('a route', () => {
  it('that does not say who may call it stops the boot, which names every such route [ASVS 8.2.1]', async () => {
    await expect(boot(DeclaredController, UndeclaredController)).rejects.toThrow(
      'These routes do not declare who may call them (@Public, @Bearer, @Basic, @Permission): ' +
        'UndeclaredController.forgotten, UndeclaredController.forgottenToo',
    );
  });

  it('that is inherited must say so too', async () => {
    await expect(boot(ChildController)).rejects.toThrow('ChildController.forgotten');
  });

  it('may be declared by its controller; what is no route needs no declaration', async () => {
    await expect(boot(DeclaredController)).resolves.toBeUndefined();
  });

  it('is declared by its own decorator before that of its controller', () => {
    const reflector = new Reflector();
    const { open, inherited } = DeclaredController.prototype;
    expect(accessOf(reflector, open, DeclaredController)).toEqual({ kind: 'public' });
    expect(accessOf(reflector, inherited, DeclaredController)).toEqual({ kind: 'bearer' });
    expect(accessOf(reflector, UndeclaredController.prototype.forgotten, UndeclaredController)).toBeUndefined();
  });
});
