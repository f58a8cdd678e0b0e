import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { ErrorKind } from '@platform/kernel';
import { KINDS } from './problem.js';

/** One refusal a route can answer, beyond those that every route of its sort has. */
interface DocumentedProblem {
  kind: ErrorKind;
  code: string;
  /** When it happens, for the document. */
  when: string;
}

const RETRY_AFTER = {
  'Retry-After': { description: 'Whole seconds to wait.', schema: { type: 'integer' as const, minimum: 1 } },
};

/** Documents the refusals of a route, grouped by status. Those common to all routes are added by `buildOpenApi`. */
export function ApiProblems(...problems: DocumentedProblem[]) {
  const byKind = Map.groupBy(problems, ({ kind }) => kind);
  return applyDecorators(...[...byKind].map(([kind, group]) => ApiResponse(problemResponse(kind, group))));
}

/** The response object of one status, with an example for each of its codes. */
export function problemResponse(kind: ErrorKind, problems: Omit<DocumentedProblem, 'kind'>[]) {
  const { status, title } = KINDS[kind];
  const hasLimit = kind === 'limited' || kind === 'unavailable';
  const example = ({ code, when }: { code: string; when: string }) => ({
    type: `urn:nx-seller-identity:problem:${code}`,
    title,
    status,
    detail: when,
    instance: '/v1/api/identity/…',
    code,
    requestId: '0d9f4f5e-6f0e-4b8b-9f57-6a4c8d3a2b10',
    ...(kind === 'invalid' && { errors: [{ path: 'identifier.value', code: 'invalid-format', message: when }] }),
    ...(hasLimit && { limit: code.split('.')[0] }),
  });
  return {
    status,
    description: problems.map(({ code, when }) => `\`${code}\`: ${when}`).join('\n\n'),
    ...(hasLimit && { headers: RETRY_AFTER }),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(problems.map((problem) => [problem.code, { value: example(problem) }])),
      },
    },
  };
}
