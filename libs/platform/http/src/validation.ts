import { type ArgumentMetadata, StandardSchemaValidationPipe } from '@nestjs/common';
import { DomainError, type FieldError } from '@platform/kernel';

const MAX_ERRORS = 20;

interface Issue {
  message: string;
  code?: string;
  keys?: string[];
  path?: readonly (PropertyKey | { key: PropertyKey })[];
}

/** Validates what handlers take by the zod schema beside each parameter; refusals name field, code and reason. */
export function validationPipe(): StandardSchemaValidationPipe {
  return new ValidationPipe({ exceptionFactory: (issues) => new InvalidValue(issues) });
}

/** What the schema said, on its way to where the name of the parameter is known. */
class InvalidValue extends Error {
  constructor(readonly issues: readonly Issue[]) {
    super('Some fields are not acceptable.');
  }
}

/** The schema of `@Param('id')` sees the value alone: its issues have no path, so the name is put in front. */
class ValidationPipe extends StandardSchemaValidationPipe {
  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    try {
      return await super.transform(value, metadata);
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      const name = metadata.data === undefined ? [] : [metadata.data];
      throw invalidRequest(error.issues.map((issue) => ({ ...issue, path: [...name, ...(issue.path ?? [])] })));
    }
  }
}

function invalidRequest(issues: readonly Issue[]): DomainError {
  return new DomainError({
    code: 'request.invalid',
    kind: 'invalid',
    message: 'Some fields are not acceptable.',
    errors: issues.flatMap(toFieldErrors).slice(0, MAX_ERRORS),
  });
}

function toFieldErrors(issue: Issue): FieldError[] {
  const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part));
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).map((key) => ({
      path: [...path, clip(key)].join('.'),
      code: 'unknown-field',
      message: 'This field is not known.',
    }));
  }
  return [{ path: path.join('.'), code: (issue.code ?? 'invalid').replaceAll('_', '-'), message: issue.message }];
}

function clip(text: string): string {
  return text.length > 64 ? `${text.slice(0, 64)}…` : text;
}
