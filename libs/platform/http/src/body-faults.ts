import { DomainError } from '@platform/kernel';

/** The refusal of a body in another format, or another charset. */
export function unsupportedType(): DomainError {
  return new DomainError({
    code: 'request.unsupported-media-type',
    kind: 'unsupported-media-type',
    message: 'Send application/json, in UTF-8.',
  });
}

/** The refusal of a body that cannot be read as what it says it is. */
export function malformed(message: string): DomainError {
  return new DomainError({ code: 'request.malformed', kind: 'malformed', message });
}
