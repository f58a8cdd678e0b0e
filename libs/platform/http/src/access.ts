import { applyDecorators, type INestApplication, SetMetadata } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { ApiBearerAuth } from '@nestjs/swagger';

/** Who may call a route. Enforced by the global guards that apps/api binds. */
export type Access = { kind: 'public' } | { kind: 'bearer' };

const ACCESS = 'identity:access';

/** Anybody may call this. */
export const Public = () => SetMetadata(ACCESS, { kind: 'public' } satisfies Access);

/** Somebody who is signed in may call this, with an access token whose session lives. */
export const Bearer = () =>
  applyDecorators(SetMetadata(ACCESS, { kind: 'bearer' } satisfies Access), ApiBearerAuth('bearer'));

/** The declaration of a handler, or of its class. */
export function accessOf(reflector: Reflector, handler: Handler, controller: Handler): Access | undefined {
  return reflector.getAllAndOverride<Access | undefined>(ACCESS, [handler, controller]);
}

type Handler = Parameters<Reflector['get']>[1];

/**
 * Refuses to boot with a route that does not say who may call it: forgetting a decorator must not open a door.
 * @throws Error that names every such route
 */
export function assertRoutesDeclared(app: INestApplication): void {
  const reflector = app.get(Reflector);
  const scanner = new MetadataScanner();
  const undeclared = app
    .get(DiscoveryService, { strict: false })
    .getControllers()
    .flatMap(({ instance, metatype }) =>
      scanner.getAllMethodNames(Object.getPrototypeOf(instance) as object).map((name) => ({
        name: `${metatype?.name}.${name}`,
        handler: (instance as Record<string, Handler>)[name],
        metatype,
      })),
    )
    .filter(({ handler }) => handler !== undefined && Reflect.hasMetadata('path', handler))
    .filter(({ handler, metatype }) => !accessOf(reflector, handler as Handler, metatype as Handler))
    .map(({ name }) => name);
  if (undeclared.length > 0) {
    throw new Error(`These routes do not declare who may call them (@Public, @Bearer): ${undeclared.join(', ')}`);
  }
}
