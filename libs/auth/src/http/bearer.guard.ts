import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { accessOf, headerValues, servicePrincipalOf, setPrincipal } from '@platform/http';
import { requestContext } from '@platform/telemetry';
import { invalidToken, VerifyAccessToken } from '../application/session/verify-access-token.js';

const BEARER = /^Bearer +([\w.~+/-]+=*)$/i;

/** Lets a `@Bearer` or `@Permission` route be called with an access token of ours whose session lives (RFC 6750, the header alone). */
@Injectable()
export class BearerGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly verify: VerifyAccessToken,
  ) {}

  /** Waits only where there is something to wait for: a promise for each guard costs every request some microseconds. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const access = accessOf(this.reflector, context.getHandler(), context.getClass());
    if (access?.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    // Without the guard of @Basic routes nobody has verified a secret, and nobody gets in.
    if (access?.kind === 'basic' && servicePrincipalOf(request)) return true;
    if (access?.kind === 'basic') throw invalidToken('This needs a service account.');
    return this.admit(request);
  }

  private async admit(request: FastifyRequest): Promise<true> {
    const claims = await this.verify.execute(tokenOf(request));
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
}

/** @throws DomainError `auth.invalid-token` when there is not exactly one token */
function tokenOf(request: FastifyRequest): string {
  const [header = '', second] = headerValues(request, 'authorization');
  const [, token] = (second === undefined && BEARER.exec(header)) || [];
  if (token === undefined) throw invalidToken('This needs an access token.');
  return token;
}
