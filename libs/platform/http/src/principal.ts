import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Who is calling, as the access token says. Ids are decimal strings. */
export interface Principal {
  userId: string;
  sessionId: string;
  roles: { id: string; identifier: string; priority: number }[];
  /** When the person last proved who they are, in seconds since 1970 (OpenID Connect's `auth_time`). */
  authTime: number;
  /** How (RFC 8176): `pwd`, `otp`. */
  amr: string[];
}

const principals = new WeakMap<FastifyRequest, Principal>();

/** What the guard calls once it has verified the token. */
export function setPrincipal(request: FastifyRequest, principal: Principal): void {
  principals.set(request, principal);
}

/** @throws Error when the route is not a `@Bearer` one: a fault of ours, never of the caller */
function principalOf(request: FastifyRequest): Principal {
  const principal = principals.get(request);
  if (!principal) throw new Error('no principal: the route lacks @Bearer');
  return principal;
}

/** Hands a `@Bearer` handler its caller. */
export const CurrentPrincipal = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  principalOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
