import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DomainError } from '@platform/kernel';
import { pathOf, PROBLEM_CONTENT_TYPE, toDomainError, toProblem } from './problem.js';
import { readPastRefusedBody } from './refused-bodies.js';

/** The one place where an error becomes an answer, and where it is logged: once, at its own level. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Problem');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = toDomainError(thrown);
    this.log(error);
    if (reply.sent) return;
    const problem = toProblem(error, { path: pathOf(request.url), requestId: request.id });
    // RFC 9110: a 401 names the scheme that would be accepted.
    if (problem.status === 401) void reply.header('WWW-Authenticate', error.scheme ?? 'Bearer');
    if (error.retryAfterSeconds !== undefined)
      void reply.header('Retry-After', String(Math.max(1, Math.ceil(error.retryAfterSeconds))));
    if (problem.status === 413) readPastRefusedBody(request, reply);
    void reply.status(problem.status).type(PROBLEM_CONTENT_TYPE).send(JSON.stringify(problem));
  }

  private log(error: DomainError): void {
    // Not `code`: a field of that name may be a one-time code, and is hidden unless it looks like an error's.
    const fields = {
      problem: error.code,
      ...(error.cause instanceof Error && { err: error.cause }),
      msg: error.message,
    };
    if (error.level === 'error') this.logger.error(fields);
    else if (error.level === 'warn') this.logger.warn(fields);
    else if (error.level === 'info') this.logger.log(fields);
    else this.logger.debug(fields);
  }
}
