import SwaggerParser from '@apidevtools/swagger-parser';
import type { TestService } from '../../support/start-service.js';

interface Media {
  schema?: object;
  example?: unknown;
  examples?: Record<string, { value: Record<string, unknown> }>;
}

export interface DocumentedResponse {
  description: string;
  headers?: Record<string, object>;
  content?: Record<string, Media>;
}

export interface Operation {
  method: string;
  /** As the document names it: `/sessions/{id}` below the base path. */
  path: string;
  operationId: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: { name: string; in: 'path' | 'query'; required: boolean; description?: string; schema: object }[];
  requestBody?: { required: boolean; content: Record<string, Media> };
  responses: Record<string, DocumentedResponse>;
  security?: Record<string, string[]>[];
  'x-required-scope'?: string;
  'x-required-permission'?: { object: string; action: string };
}

export const PROBLEM = 'application/problem+json';

/** The text of the document, as the service serves it. */
export async function fetchDocument({ client }: TestService): Promise<string> {
  const { status, text } = await client.get('/doc/openapi.json');
  if (status !== 200) throw new Error(`the document answered ${status}`);
  return text;
}

/** Every operation of a document, with all references replaced by what they name. */
export async function operationsOf(text: string): Promise<Operation[]> {
  const parsed = JSON.parse(text) as Parameters<typeof SwaggerParser.dereference>[0];
  const { paths = {} } = await SwaggerParser.dereference(parsed);
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries((item ?? {}) as Record<string, Omit<Operation, 'method' | 'path'>>).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
    })),
  );
}

/** The codes that an operation documents for a status. */
export function codesOf({ responses }: Operation, status: number | string): string[] {
  return Object.values(responses[status]?.content?.[PROBLEM]?.examples ?? {}).map(({ value }) => String(value.code));
}
