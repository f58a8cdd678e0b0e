import { DomainError } from '@platform/kernel';

/** The refusal of an identifier, in the shape of any other refused field. */
export function invalidIdentifier(message: string, code: string): DomainError {
  return new DomainError({
    code: 'request.invalid',
    kind: 'invalid',
    message: 'Some fields are not acceptable.',
    errors: [{ path: 'identifier.value', code, message }],
  });
}
