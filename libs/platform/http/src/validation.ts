import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { type FieldError, invalidRequest } from '@platform/kernel';
import { malformed } from './body-faults.js';
import { EMPTY_BODY } from './json-body.js';

interface Issue {
  message: string;
  code?: string;
  keys?: string[];
  path?: readonly (PropertyKey | { key: PropertyKey })[];
}

/** Validates what handlers take by the zod schema beside each parameter; refusals name field, code and reason. */
export function validationPipe(): PipeTransform {
  return new ValidationPipe();
}

/**
 * Nest's own pipe, without its two turns of the microtask queue and its walk for prototype names, which `acceptJsonOnly`
 * has refused by then. The schema of `@Param('id')` sees the value alone: its issues have no path, so the name is put in front.
 */
class ValidationPipe implements PipeTransform {
  transform(value: unknown, { schema, data, type }: ArgumentMetadata): unknown {
    if (!schema || type === 'custom') return value;
    if (value === EMPTY_BODY) throw malformed('The body is empty.');
    const result = schema['~standard'].validate(value);
    if (result instanceof Promise) throw new Error('a schema that validates asynchronously is not supported');
    if (!result.issues) return result.value;
    const name = data === undefined ? [] : [data];
    const issues = result.issues.map((issue) => ({ ...issue, path: [...name, ...(issue.path ?? [])] }));
    throw invalidRequest(issues.flatMap(toFieldErrors));
  }
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
