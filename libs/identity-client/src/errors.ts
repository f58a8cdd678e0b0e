/** Whatever this package throws on purpose. `code` is stable and may be logged; no message holds a token or a secret. */
export class IdentityClientError<Code extends string = string> extends Error {
  constructor(
    readonly code: Code,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Why a token is refused. For logs and metrics: the caller is told 401 and nothing else. */
export type TokenInvalidCode =
  | 'too-large'
  | 'malformed'
  | 'type'
  | 'algorithm'
  | 'unknown-key'
  | 'signature'
  | 'claims'
  | 'issuer'
  | 'audience'
  | 'expired'
  | 'not-yet-valid'
  | 'revoked';

/** The token is not good: answer 401. Asking again with the same token is of no use. */
export class TokenInvalidError extends IdentityClientError<TokenInvalidCode> {}

/** Nobody can tell whether the token is good, because the keys cannot be fetched: answer 503. */
export class KeysUnavailableError extends IdentityClientError {
  constructor(message: string, options?: ErrorOptions) {
    super('keys-unavailable', message, options);
  }
}

/** The identity service is away, slow, or answers what it never would: answer 503. */
export class ServiceUnavailableError extends IdentityClientError {
  /** When to ask again, if the service said so. */
  readonly retryAfterSeconds: number | undefined;
  /** Whether it may be gone in a moment: nobody there, or 503. */
  readonly isPassing: boolean;

  constructor(
    message: string,
    options: ErrorOptions & { retryAfterSeconds?: number | undefined; isPassing?: boolean } = {},
  ) {
    super('service-unavailable', message, options);
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.isPassing = options.isPassing ?? false;
  }
}

/** Our own name and secret are refused (401) or lack a scope (403): nobody's token is to blame. Answer 503, tell an operator. */
export class UnauthorizedError extends IdentityClientError {
  constructor(readonly status: number) {
    super(
      'unauthorized',
      status === 403
        ? 'The service account lacks a scope that this call needs.'
        : 'The identity service does not know this name and secret.',
    );
  }
}

/** The identity service found the request malformed: a mistake of the caller's code. */
export class RequestRefusedError extends IdentityClientError {
  constructor(
    readonly status: number,
    readonly problem: string | undefined,
  ) {
    super('request-refused', `The identity service refused the request: ${status}${problem ? ` ${problem}` : ''}.`);
  }
}
