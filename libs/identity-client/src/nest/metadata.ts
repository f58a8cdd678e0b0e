import { type ExecutionContext, SetMetadata } from '@nestjs/common';

/** `reflect-metadata`, which Nest brings along; @nestjs/core's Reflector would be one more package to depend on. */
const { getMetadata } = Reflect as unknown as { getMetadata: (key: symbol, target: object) => unknown };

const PUBLIC = Symbol('identity-client:public');

/** Lets a route, or a controller, be called without a token. */
export const Public = () => SetMetadata(PUBLIC, true);

export const isPublic = (context: ExecutionContext): boolean => read(context, PUBLIC) === true;

/** What the handler says, else what its class says. */
export function read(context: ExecutionContext, key: symbol): unknown {
  return getMetadata(key, context.getHandler()) ?? getMetadata(key, context.getClass());
}
