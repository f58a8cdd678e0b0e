import { HttpException } from '@nestjs/common';
import { toDatabaseUnavailable } from '@platform/database';
import { DomainError, type ErrorKind } from '@platform/kernel';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';

/** Status and title of each kind of refusal. */
export const KINDS: Record<ErrorKind, { status: number; title: string }> = {
  malformed: { status: 400, title: 'Malformed request' },
  unauthenticated: { status: 401, title: 'Not authenticated' },
  forbidden: { status: 403, title: 'Not allowed' },
  'not-found': { status: 404, title: 'Not found' },
  conflict: { status: 409, title: 'Conflict' },
  'too-large': { status: 413, title: 'Body too large' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  invalid: { status: 422, title: 'Invalid request' },
  limited: { status: 429, title: 'Too many requests' },
  unexpected: { status: 500, title: 'Unexpected error' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
};

const MALFORMED = refusal('request.malformed', 'malformed', 'The request is not well-formed.');
const BY_STATUS: Record<number, DomainError> = {
  400: MALFORMED,
  404: refusal('request.not-found', 'not-found', 'There is nothing at this address.'),
  413: refusal('request.too-large', 'too-large', 'The body is larger than 64 KiB.'),
  414: refusal('request.not-found', 'not-found', 'There is nothing at this address.'),
  415: refusal('request.unsupported-media-type', 'unsupported-media-type', 'Send application/json.'),
};

/** An RFC 9457 problem document. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  requestId: string;
  errors?: { path: string; code: string; message: string }[];
  limit?: string;
  [member: string]: unknown;
}

/** Any thrown thing as one of our errors; what is not known becomes `unexpected`, with nothing of it in the message. */
export function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const known = toDatabaseUnavailable(error) ?? BY_STATUS[statusOf(error)];
  if (known) return known;
  if (statusOf(error) >= 400 && statusOf(error) < 500) return MALFORMED;
  return new DomainError({
    code: 'service.unexpected',
    kind: 'unexpected',
    level: 'error',
    message: 'Something went wrong on our side.',
    cause: error,
  });
}

/** The problem document of an error, as the answer to the request with this path and id. */
export function toProblem(error: DomainError, request: { path: string; requestId: string }): Problem {
  const { status, title } = KINDS[error.kind];
  return {
    ...error.members,
    type: `urn:nx-seller-identity:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    instance: request.path,
    code: error.code,
    requestId: request.requestId,
    ...(error.errors && { errors: error.errors }),
    ...(error.limit && { limit: error.limit }),
  };
}

/** The path of a request target, without its query; an absolute one (`http://host/path`) names a host that is the caller's word. */
export function pathOf(target: string): string {
  return target.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] || '/';
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : 500;
}

function refusal(code: string, kind: ErrorKind, message: string): DomainError {
  return new DomainError({ code, kind, message });
}
