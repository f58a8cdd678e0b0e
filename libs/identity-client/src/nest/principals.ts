import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Principal } from '../token/principal.js';

/** Beside the request and not on it: nothing that a client sends, and no other middleware, can put one here. */
const principals = new WeakMap<object, Principal>();

export function setPrincipal(context: ExecutionContext, principal: Principal): void {
  principals.set(requestOf(context), principal);
}

/** Who calls; nobody on a route that AccessTokenGuard has not guarded, or that is `@Public`. */
export function principalOf(context: ExecutionContext): Principal | undefined {
  return principals.get(requestOf(context));
}

/** The caller, as a handler's parameter. */
export const CurrentPrincipal = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  principalOf(context),
);

function requestOf(context: ExecutionContext): object {
  return context.switchToHttp().getRequest<object>();
}
