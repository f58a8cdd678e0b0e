/** What sort of refusal an error is; the HTTP filter maps each kind to one status. */
export type ErrorKind =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'unsupported-media-type'
  | 'invalid'
  | 'limited'
  | 'unexpected'
  | 'unavailable';

/** How loudly the error is logged: `debug` for what callers do wrong, `error` for what we do wrong. */
export type ErrorLevel = 'debug' | 'info' | 'warn' | 'error';

/** One refused field: `path` in dots (`identifier.value`), `code` stable, `message` for people. */
export interface FieldError {
  path: string;
  code: string;
  message: string;
}

interface DomainErrorOptions {
  /** Stable machine-readable code, `area.reason`. */
  code: string;
  kind: ErrorKind;
  /** A sentence for people; must hold no secret and nothing the caller did not already know. */
  message: string;
  level?: ErrorLevel;
  cause?: unknown;
  /** Refused fields, for kind `invalid`. */
  errors?: FieldError[];
  /** Which limit was hit, for kinds `limited` and `unavailable`. */
  limit?: string;
  /** Whole seconds until a retry makes sense, for kinds `limited` and `unavailable`. */
  retryAfterSeconds?: number;
  /** What would be accepted instead, for kind `unauthenticated` (RFC 9110, `WWW-Authenticate`); Bearer by default. */
  scheme?: string;
  /** Extension members of the problem document (RFC 9457, section 3.2). */
  members?: Record<string, unknown>;
}

/** The one error class of the service: a stable code, a kind that decides the status, a level that decides the log. */
export class DomainError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly level: ErrorLevel;
  readonly errors?: FieldError[];
  readonly limit?: string;
  readonly retryAfterSeconds?: number;
  readonly scheme?: string;
  readonly members?: Record<string, unknown>;

  constructor(options: DomainErrorOptions) {
    super(options.message, { cause: options.cause });
    this.name = 'DomainError';
    this.code = options.code;
    this.kind = options.kind;
    this.level = options.level ?? 'debug';
    this.errors = options.errors;
    this.limit = options.limit;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.scheme = options.scheme;
    this.members = options.members;
  }
}
