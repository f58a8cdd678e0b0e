import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { TokenVerifier } from '@identity/jwks';
import { accessOf, headerValues, idSchema, servicePrincipalOf, setPrincipal } from '@platform/http';
import { DomainError } from '@platform/kernel';
import { requestContext } from '@platform/telemetry';
import { SessionLiveness } from '../application/session/session-liveness.js';

const BEARER = /^Bearer +([\w.~+/-]+=*)$/i;

/** Lets a `@Bearer` or `@Permission` route be called with an access token of ours whose session lives (RFC 6750, the header alone). */
@Injectable()
export class BearerGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: TokenVerifier,
    private readonly liveness: SessionLiveness,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = accessOf(this.reflector, context.getHandler(), context.getClass());
    if (access?.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    // Without the guard of @Basic routes nobody has verified a secret, and nobody gets in.
    if (access?.kind === 'basic' && servicePrincipalOf(request)) return true;
    if (access?.kind === 'basic') throw unauthenticated('This needs a service account.');
    const claims = await this.verify(request);
    setPrincipal(request, {
      userId: claims.sub,
      sessionId: claims.sid,
      roles: claims.roles,
      authTime: claims.auth_time,
      amr: claims.amr,
    });
    const log = requestContext();
    if (log.requestId) log.userId = claims.sub;
    return true;
  }

  private async verify(request: FastifyRequest): Promise<ReturnType<TokenVerifier['verify']>> {
    const [header = '', second] = headerValues(request, 'authorization');
    const [, token] = (second === undefined && BEARER.exec(header)) || [];
    if (token === undefined) throw unauthenticated('This needs an access token.');
    const claims = this.verifier.verify(token);
    // The claims' schema takes any text; PostgreSQL would answer what is no id with a fault.
    const wellNamed = idSchema.safeParse(claims.sid).success && idSchema.safeParse(claims.sub).success;
    if (!wellNamed || !(await this.liveness.isLive(claims.sid)))
      throw unauthenticated('The access token is not valid.');
    return claims;
  }
}

function unauthenticated(message: string): DomainError {
  return new DomainError({ code: 'auth.invalid-token', kind: 'unauthenticated', message });
}
