export { type Clock, systemClock } from './clock.js';
export { DomainError, type ErrorKind, type FieldError } from './domain-error.js';
export { ID_FORM, isId, LAST_ID } from './ids.js';
export { invalidRequest } from './invalid-request.js';
export { loggedIdentifier, maskIdentifier } from './mask-identifier.js';
export { networkOf } from './network-of.js';
export { randomBytes } from './random-bytes.js';
export { type IdGenerator, leastIdAt, Snowflake } from './snowflake.js';
export { withDeadline } from './with-deadline.js';
