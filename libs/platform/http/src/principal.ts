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

/** Which sister service is calling a `@Basic` route. */
export interface ServicePrincipal {
  serviceAccountId: string;
  name: string;
  /**
   * Whether it still may, with the secret that it brought: for answers that outlive the moment of the check. At most a
   * second old. @throws DomainError `database.unavailable` when nobody knows
   */
  stillMay(): Promise<boolean>;
}

declare module 'fastify' {
  interface FastifyRequest {
    principal?: Principal;
    servicePrincipal?: ServicePrincipal;
  }
}

/** What the guard calls once it has verified the token. */
export function setPrincipal(request: FastifyRequest, principal: Principal): void {
  request.principal = principal;
}

/** What the guard calls once it has verified name and secret. */
export function setServicePrincipal(request: FastifyRequest, principal: ServicePrincipal): void {
  request.servicePrincipal = principal;
}

/** The service account whose secret was verified, if one was. */
export function servicePrincipalOf(request: FastifyRequest): ServicePrincipal | undefined {
  return request.servicePrincipal;
}

/** @throws Error when the route is neither `@Bearer` nor `@Permission`: a fault of ours, never of the caller */
export function principalOf(request: FastifyRequest): Principal {
  const { principal } = request;
  if (!principal) throw new Error('no principal: the route lacks @Bearer or @Permission');
  return principal;
}

/** Hands a handler of `@Bearer` or `@Permission` its caller. */
export const CurrentPrincipal = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  principalOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
