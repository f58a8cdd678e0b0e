import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { KeysUnavailableError, TokenInvalidError } from '../errors.js';
import type { Verifier } from '../token/verifier.js';
import { isPublic } from './metadata.js';
import { setPrincipal } from './principals.js';
import { unauthorized, unavailable } from './refusals.js';
import { VERIFIER } from './tokens.js';

const BEARER = /^Bearer +([^\s,]+)$/i;

/** Lets nobody in without a good access token, but on `@Public` routes. */
@Injectable()
export class AccessTokenGuard implements CanActivate {
  constructor(@Inject(VERIFIER) private readonly verifier: Verifier) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (isPublic(context)) return true;
    const header = authorizationOf(context);
    const [, token] = BEARER.exec(header ?? '') ?? [];
    if (token === undefined) throw unauthorized(context, false);
    try {
      setPrincipal(context, await this.verifier.verify(token));
      return true;
    } catch (error) {
      if (error instanceof TokenInvalidError) throw unauthorized(context, true);
      if (error instanceof KeysUnavailableError) throw unavailable(context, error);
      throw error;
    }
  }
}

/** Of two, Node keeps the first. */
function authorizationOf(context: ExecutionContext): string | undefined {
  const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string | string[] | undefined> }>();
  const { authorization } = headers;
  return typeof authorization === 'string' ? authorization : undefined;
}
