import { applyDecorators, type INestApplication, SetMetadata } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { ApiBasicAuth, ApiBearerAuth, ApiExtension } from '@nestjs/swagger';

/** Who may call a route. Enforced by the global guards that apps/api binds. */
export type Access =
  | { kind: 'public' }
  | { kind: 'bearer' }
  | { kind: 'basic'; scope: string }
  | { kind: 'permission'; object: string; action: string };

/** What the OpenAPI document says of a route's demands beyond its security scheme. */
const SCOPE_EXTENSION = 'x-required-scope';
export const PERMISSION_EXTENSION = 'x-required-permission';

const ACCESS = 'identity:access';

/** Anybody may call this. */
export const Public = () => declare({ kind: 'public' });

/** Somebody who is signed in may call this, with an access token whose session lives. */
export const Bearer = () => applyDecorators(declare({ kind: 'bearer' }), ApiBearerAuth('bearer'));

/** A service account with this scope (`area:verb`) may call this, and nobody with an access token. */
export const Basic = (scope: string) =>
  applyDecorators(declare({ kind: 'basic', scope }), ApiBasicAuth('basic'), ApiExtension(SCOPE_EXTENSION, scope));

/** Somebody who is signed in may call this if the policies allow them `action` on `object` (`identity.users`), system-wide. */
export const Permission = (object: string, action: string) =>
  applyDecorators(
    declare({ kind: 'permission', object, action }),
    ApiBearerAuth('bearer'),
    ApiExtension(PERMISSION_EXTENSION, { object, action }),
  );

function declare(access: Access) {
  return SetMetadata(ACCESS, access);
}

const known = new WeakMap<Handler, Map<Handler, Access | undefined>>();

/** The declaration of a handler, or of its class. Each guard asks for each request, so it is looked up once. */
export function accessOf(reflector: Reflector, handler: Handler, controller: Handler): Access | undefined {
  let ofController = known.get(controller);
  if (!ofController) known.set(controller, (ofController = new Map()));
  if (!ofController.has(handler)) {
    ofController.set(handler, reflector.getAllAndOverride<Access | undefined>(ACCESS, [handler, controller]));
  }
  return ofController.get(handler);
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
    throw new Error(
      `These routes do not declare who may call them (@Public, @Bearer, @Basic, @Permission): ${undeclared.join(', ')}`,
    );
  }
}
