import { type DomainError, invalidRequest } from '@platform/kernel';

/** The refusal of an identifier, in the shape of any other refused field. */
export function invalidIdentifier(message: string, code: string): DomainError {
  return invalidRequest([{ path: 'identifier.value', code, message }]);
}
