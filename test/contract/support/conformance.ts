import { z } from 'zod';
import type { TestService } from '../../support/start-service.js';
import { codesOf, type DocumentedResponse, type Operation, PROBLEM } from './document.js';

interface Call {
  /** For `{id}`, or whatever is named in the path. */
  id?: string;
  query?: Record<string, string>;
  /** Sent as JSON, or as it is when it is a string. */
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  body: Record<string, any>; // oxlint-disable-line typescript/no-explicit-any -- a test knows what it asked for
  headers: Headers;
}

/** Calls operations by their id and holds each answer against what the document says of it. */
export class Conformance {
  private readonly answered = new Map<string, Set<number>>();

  constructor(
    private readonly service: TestService,
    private readonly operations: readonly Operation[],
  ) {}

  /** The statuses seen so far, by operation. */
  seen(operationId: string): number[] {
    return [...(this.answered.get(operationId) ?? [])];
  }

  /** @throws Error that names what the document does not allow */
  async call(operationId: string, call: Call = {}): Promise<Answer> {
    const operation = this.operations.find((each) => each.operationId === operationId);
    if (!operation) throw new Error(`the document has no operation ${operationId}`);
    const response = await this.send(operation, call);
    const text = await response.text();
    const fault = faultOf(operation, response, text);
    if (fault) throw new Error(`${operationId} answered ${response.status}, ${fault}: ${text}`);
    this.answered.set(operationId, (this.answered.get(operationId) ?? new Set()).add(response.status));
    return {
      status: response.status,
      body: text ? (JSON.parse(text) as Answer['body']) : {},
      headers: response.headers,
    };
  }

  private async send({ method, path }: Operation, { id = '', query = {}, body, token, headers }: Call) {
    const url = new URL(path.replace(/\{\w+\}/, id), this.service.origin);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return await fetch(url, {
      method,
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
  }
}

function faultOf(operation: Operation, { status, headers }: Response, text: string): string | undefined {
  const documented = operation.responses[status];
  if (!documented) return 'a status that is not documented';
  const missing = Object.keys(documented.headers ?? {}).filter((name) => !headers.has(name));
  if (missing.length > 0) return `without the headers ${missing.join(', ')}`;
  const fault = bodyFault(documented, headers.get('content-type') ?? '', text);
  if (fault ?? status < 400) return fault;
  const { code } = JSON.parse(text) as { code: string };
  return codesOf(operation, status).includes(code) ? undefined : 'a code that is not documented';
}

function bodyFault({ content }: DocumentedResponse, contentType: string, text: string): string | undefined {
  if (!content) return text === '' ? undefined : 'with a body where none is documented';
  const type = contentType.split(';', 1)[0] ?? '';
  const schema = content[type]?.schema;
  if (!schema) return `as ${type}, which is not documented`;
  if (type === PROBLEM && !contentType.includes('utf-8')) return 'without its charset';
  const result = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(JSON.parse(text));
  return result.success ? undefined : `with a body that its schema refuses (${z.prettifyError(result.error)})`;
}
