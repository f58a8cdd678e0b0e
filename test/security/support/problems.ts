import { expect } from 'vitest';
import { z } from 'zod';
import type { Answer } from '../../support/client.js';

const problemSchema = z.strictObject({
  type: z.string().startsWith('urn:nx-seller-identity:problem:'),
  title: z.string().min(1),
  status: z.int().min(400).max(599),
  detail: z.string().min(1),
  instance: z.string().min(1),
  code: z.string().regex(/^[a-z]+\.[a-z-]+$/),
  requestId: z.string().regex(/^[A-Za-z0-9._=-]{1,128}$/),
  errors: z
    .array(z.strictObject({ path: z.string(), code: z.string(), message: z.string() }))
    .min(1)
    .max(20)
    .optional(),
  limit: z.string().optional(),
});

/** What a client can provoke: every refusal of the contract, and nothing that would be our own fault. */
const DOCUMENTED = new Set([400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 431, 503]);
const UNAVAILABLE = new Set(['otp.unavailable', 'auth.busy']);
/** A stack, a statement, a file or the name of something inside. */
const LEAKS =
  /\bat \S+ \(|node_modules|\.[jt]s:\d|file:\/\/|\/(?:home|usr|srv|tmp|work|app)\/|SELECT |INSERT |UPDATE |violates|syntax error|invalid input syntax|FST_ERR|HPE_|ERR_|ZodError|TypeError|SyntaxError|Unexpected token|typeorm|postgres|argon2/i;

/** A refusal as the contract wants it: a documented status, a whole problem document, a request id, nothing leaked. */
export function expectProblem(answer: Answer, expected: { status?: number; code?: string } = {}): void {
  const { status, headers, body, text } = answer;
  expect.soft(DOCUMENTED.has(status), `${status}: ${text.slice(0, 300)}`).toBe(true);
  expect(headers.get('content-type'), text.slice(0, 300)).toBe('application/problem+json; charset=utf-8');
  expect(problemSchema.parse(body)).toMatchObject({ status, ...expected });
  expect(headers.get('x-request-id')).toBe(body.requestId);
  expect(body.type).toBe(`urn:nx-seller-identity:problem:${body.code}`);
  if (status === 422) expect(body.errors).toBeDefined();
  if (status === 503) expect(UNAVAILABLE).toContain(body.code);
  if (status === 503 || status === 429) expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  if (status === 401) expect(headers.get('www-authenticate')).toBe('Bearer');
  // The path is the caller's own text.
  const { instance: _instance, ...ours } = body;
  expect(JSON.stringify(ours)).not.toMatch(LEAKS);
}

/** Taken or refused, but never a fault of ours. */
export function expectSound(answer: Answer): void {
  if (answer.status >= 400) expectProblem(answer);
  else expect([200, 201, 202, 204]).toContain(answer.status);
  expect(answer.headers.get('x-request-id')).toBeTruthy();
}
