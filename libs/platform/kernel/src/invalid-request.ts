import { DomainError, type FieldError } from './domain-error.js';

/** More than these help nobody who mends a request. */
const MAX_ERRORS = 20;

/** The refusal of a request for its fields: 422 `request.invalid` with the first 20 of them. */
export function invalidRequest(errors: FieldError[], message = 'Some fields are not acceptable.'): DomainError {
  return new DomainError({ code: 'request.invalid', kind: 'invalid', message, errors: errors.slice(0, MAX_ERRORS) });
}
