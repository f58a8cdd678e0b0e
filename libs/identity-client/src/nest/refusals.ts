import {
  type ExecutionContext,
  ForbiddenException,
  type HttpException,
  ServiceUnavailableException,
  UnauthorizedException,
} from '@nestjs/common';

interface Response {
  header(name: string, value: string): unknown;
}

/** 401 with the challenge of RFC 6750 §3: with an error only where there was a token. */
export function unauthorized(context: ExecutionContext, hasToken: boolean): HttpException {
  answer(context).header('WWW-Authenticate', hasToken ? 'Bearer error="invalid_token"' : 'Bearer');
  return new UnauthorizedException(hasToken ? 'The access token is not valid.' : 'This needs an access token.');
}

/** 503: nobody can tell whether the caller may. */
export function unavailable(context: ExecutionContext, cause: unknown): HttpException {
  answer(context).header('Retry-After', '1');
  return new ServiceUnavailableException('Whether this is allowed cannot be found out for now.', { cause });
}

export function forbidden(): HttpException {
  return new ForbiddenException('This is not allowed.');
}

/** Express and Fastify name this alike. */
function answer(context: ExecutionContext): Response {
  return context.switchToHttp().getResponse<Response>();
}
