import { ApiExtension } from '@nestjs/swagger';
import type { ErrorKind } from '@platform/kernel';
import { KINDS } from './problem.js';

/** One refusal a route can answer, beyond those that every route of its sort has. */
export interface DocumentedProblem {
  kind: ErrorKind;
  code: string;
  /** When it happens, for the document. */
  when: string;
  /** Which limit the problem names, for 429 and 503. */
  limit?: string;
}

/** What any route can meet that needs the database. */
export const DATABASE_AWAY: DocumentedProblem = {
  kind: 'unavailable',
  code: 'database.unavailable',
  when: 'The database does not answer at the moment.',
  limit: 'database',
};
/** What any route can meet that makes something or leaves an audit event, since these need an id. */
export const IDS_AWAY: DocumentedProblem = {
  kind: 'unavailable',
  code: 'ids.unavailable',
  when: 'This process may give out no ids at the moment.',
  limit: 'ids',
};

/** Where a route keeps its refusals until `buildOpenApi` has made responses of them. */
export const PROBLEMS_EXTENSION = 'x-problems';

const RETRY_AFTER = {
  'Retry-After': { description: 'Whole seconds to wait.', schema: { type: 'integer', minimum: 1 } },
};
const WWW_AUTHENTICATE = {
  'WWW-Authenticate': { description: 'The scheme that would be accepted.', schema: { type: 'string' } },
};

/**
 * Documents the refusals of a route. `buildOpenApi` adds those that all routes of its sort share and makes one response
 * of all that have the same status.
 */
export const ApiProblems = (...problems: DocumentedProblem[]) => ApiExtension(PROBLEMS_EXTENSION, problems);

/**
 * The response objects of an operation's refusals, by status, with an example for each code.
 * @param path of the operation, for the examples
 * @param problems of one code the first counts: a route describes its own before the common ones
 */
export function problemResponses(path: string, problems: readonly DocumentedProblem[]): Record<string, object> {
  const unique = [...new Map(problems.toReversed().map((problem) => [problem.code, problem])).values()].toReversed();
  const byStatus = Map.groupBy(unique, ({ kind }) => KINDS[kind].status);
  return Object.fromEntries([...byStatus].map(([status, group]) => [status, problemResponse(path, group)]));
}

function problemResponse(path: string, problems: DocumentedProblem[]) {
  const kinds = new Set(problems.map(({ kind }) => kind));
  return {
    description: problems.map(({ code, when }) => `\`${code}\`: ${when}`).join('\n\n'),
    headers: {
      ...(kinds.has('unauthenticated') && WWW_AUTHENTICATE),
      ...((kinds.has('limited') || kinds.has('unavailable')) && RETRY_AFTER),
    },
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(problems.map((problem) => [problem.code, { value: exampleOf(path, problem) }])),
      },
    },
  };
}

function exampleOf(path: string, { kind, code, when, limit }: DocumentedProblem) {
  const { status, title } = KINDS[kind];
  return {
    type: `urn:nx-seller-identity:problem:${code}`,
    title,
    status,
    detail: when,
    instance: path.replace('{id}', '248151234567890944'),
    code,
    requestId: '0d9f4f5e-6f0e-4b8b-9f57-6a4c8d3a2b10',
    ...(kind === 'invalid' && {
      errors: [{ path: 'colour', code: 'unknown-field', message: 'This field is not known.' }],
    }),
    ...(limit !== undefined && { limit }),
  };
}
