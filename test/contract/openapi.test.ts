import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import SwaggerParser from '@apidevtools/swagger-parser';
import { RequestMethod } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessOf, BASE_PATH } from '@platform/http';
import { startService, type TestService } from '../support/start-service.js';
import {
  codesOf,
  type DocumentedResponse,
  fetchDocument,
  type Operation,
  operationsOf,
  PROBLEM,
} from './support/document.js';

let service: TestService;
let text: string;
let operations: Operation[];

beforeAll(async () => {
  service = await startService();
  text = await fetchDocument(service);
  operations = await operationsOf(text);
});
afterAll(async () => {
  await service.stop();
});

const nameOf = ({ method, path }: Pick<Operation, 'method' | 'path'>) => `${method} ${path}`;
const without = (test: (operation: Operation) => unknown) => operations.filter((each) => !test(each)).map(nameOf);
const successes = ({ responses }: Operation) => Object.entries(responses).filter(([status]) => Number(status) < 300);
const refusals = ({ responses }: Operation) => Object.entries(responses).filter(([status]) => Number(status) >= 400);

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1 and valid', async () => {
    const document = JSON.parse(text) as { openapi: string };
    expect(document.openapi).toBe('3.1.0');
    await SwaggerParser.validate(document as never);
  });

  it("passes redocly's recommended rules without a warning", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nx-identity-openapi-'));
    const file = join(folder, 'openapi.json');
    writeFileSync(file, text);
    try {
      const report = await redocly(['lint', '--config', 'redocly.yaml', '--format', 'json', file]);
      const { totals, problems } = JSON.parse(report) as { totals: object; problems: unknown[] };
      expect(problems).toEqual([]);
      expect(totals).toMatchObject({ errors: 0, warnings: 0, ignored: 0 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('holds exactly the routes of the application, and asks for a token exactly where they do', () => {
    const documented = operations.map((operation) => `${nameOf(operation)} ${accessDocumented(operation)}`);
    expect(documented.toSorted()).toEqual(routes(service).toSorted());
    const schemes = operations.flatMap(({ security = [] }) => security).map((each) => JSON.stringify(each));
    expect(new Set(schemes)).toEqual(new Set([JSON.stringify({ bearer: [] }), JSON.stringify({ basic: [] })]));
  });

  it('asks sister services for scopes that a service account can have', () => {
    const { requestBody } = operations.find(({ operationId }) => operationId === 'createServiceAccount')!;
    const { schema } = requestBody!.content['application/json']!;
    const { enum: known } = (schema as { properties: { scopes: { items: { enum: string[] } } } }).properties.scopes
      .items;
    const wanted = operations.flatMap((each) => ('x-required-scope' in each ? [each['x-required-scope']] : []));
    expect(wanted.length).toBeGreaterThan(2);
    expect(wanted.filter((scope) => !known.includes(String(scope)))).toEqual([]);
  });

  it('names addresses that answer', async () => {
    for (const { method, path, requestBody } of operations) {
      const response = await fetch(service.origin + path.replace('{id}', '1'), {
        method,
        ...(requestBody && { headers: { 'Content-Type': 'application/json' }, body: '{}' }),
      });
      expect([nameOf({ method, path }), response.status]).not.toEqual([nameOf({ method, path }), 404]);
    }
  });
});

describe('what a generated client calls by name', () => {
  type Schema = Record<string, unknown> & { properties?: Record<string, Schema> };
  const schemasOf = () =>
    Object.entries((JSON.parse(text) as { components: { schemas: Record<string, Schema> } }).components.schemas);

  it('has one name for one thing', () => {
    const shapes = schemasOf().map(([, { example: _example, description: _description, ...shape }]) =>
      JSON.stringify(shape),
    );
    expect(shapes.filter((shape, index) => shapes.indexOf(shape) !== index)).toEqual([]);
    expect(schemasOf().filter(([name]) => !/^([A-Z][a-z]+)+$/.test(name) || /(Input|Output|Dto)$/.test(name))).toEqual(
      [],
    );
  });

  it('is a page by the name of its items', () => {
    const pages = schemasOf().filter(([name]) => name.endsWith('Page'));
    expect(pages.length).toBeGreaterThan(7);
    for (const [name, { properties }] of pages) {
      const items = { $ref: `#/components/schemas/${name.replace(/Page$/, '')}` };
      expect([name, properties?.items]).toEqual([name, { type: 'array', items }]);
    }
  });

  it('need not be sent where the service knows a value of its own', () => {
    const members = schemasOf().flatMap(([, { properties = {} }]) => Object.values(properties));
    expect(members.filter((member) => 'default' in member)).toEqual([]);
    expect(members.filter(({ description }) => String(description).includes('By default')).length).toBeGreaterThan(3);
  });
});

describe('every operation', () => {
  it('says what it is', () => {
    expect(without(({ summary, description, tags }) => summary && description && tags?.length === 1)).toEqual([]);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    expect(without(({ operationId }) => /^[a-z][A-Za-z]+$/.test(operationId))).toEqual([]);
  });

  it('shows its request body and each parameter', () => {
    const bodies = operations.filter(({ requestBody }) => requestBody);
    expect(bodies.length).toBeGreaterThan(4);
    for (const { requestBody } of bodies) {
      const [type, media] = Object.entries(requestBody?.content ?? {})[0] ?? [];
      expect(requestBody?.required).toBe(true);
      expect(type).toBe('application/json');
      expect(media).toMatchObject({
        schema: { type: 'object', additionalProperties: false },
        example: expect.anything(),
      });
    }
    const parameters = operations.flatMap(({ parameters: list = [] }) => list);
    expect(parameters).toContainEqual(
      expect.objectContaining({
        name: 'limit',
        in: 'query',
        required: false,
        schema: expect.objectContaining({ type: 'integer', minimum: 1, maximum: 100, default: 20 }),
      }),
    );
    for (const { description } of parameters) expect(description).toMatch(/\.$/);
  });

  it('shows what it answers when all is well', () => {
    // A sign-up by name is done at once, one by address waits for its code.
    const several = without((operation) => successes(operation).length === 1);
    expect(several).toEqual(['POST /v1/api/identity/auth/sign-up']);
    for (const [status, { content }] of operations.flatMap(successes)) {
      if (status === '204') expect(content).toBeUndefined();
      else
        expect(content?.['application/json']).toMatchObject({ schema: expect.anything(), example: expect.anything() });
    }
  });

  it('shows the streams of events that it answers besides', () => {
    const streams = operations.filter((each) => each.responses[200]?.content?.['text/event-stream']);
    expect(streams.map(({ operationId }) => operationId)).toEqual(['listRevocations']);
    const { schema, example } = streams[0]!.responses[200]!.content!['text/event-stream']!;
    expect(schema).toEqual({ type: 'string' });
    expect(example).toMatch(/^retry: \d+\n\nevent: session-ended\nid: .+\ndata: \{.+\}\n\n/);
  });

  it('shows every refusal as a problem document with its codes', () => {
    for (const operation of operations) {
      for (const [status, response] of refusals(operation)) {
        expect(Object.keys(response.content ?? {})).toEqual([PROBLEM]);
        const codes = codesOf(operation, status);
        expect(codes.length).toBeGreaterThan(0);
        for (const code of codes) {
          expect(code).toMatch(/^[a-z-]+\.[a-z-]+$/);
          expect(response.description).toContain(code);
        }
        expect(
          Object.values(response.content?.[PROBLEM]?.examples ?? {}).map(({ value }) => String(value.status)),
        ).toEqual(codes.map(() => status));
      }
    }
  });

  it('lists the refusals that follow from its shape', () => {
    const hasStatus = (status: number) => (operation: Operation) => status in operation.responses;
    const everyOne = [400, 500];
    for (const status of everyOne) expect(without(hasStatus(status))).toEqual([]);
    for (const operation of operations) {
      const expected = [
        ...(operation.method === 'GET' ? [] : [413, 415]),
        ...(operation.requestBody || operation.parameters?.length ? [422] : []),
        ...(operation.path.includes('{') ? [404] : []),
        ...(operation.security?.length ? [401, 503] : []),
      ];
      const missing = expected.filter((status) => !hasStatus(status)(operation));
      expect([nameOf(operation), missing]).toEqual([nameOf(operation), []]);
    }
  });

  it('names the headers that its answers carry', () => {
    const responses = operations.flatMap((operation) => Object.entries(operation.responses));
    const lacking = (statuses: string[], header: string) =>
      responses.filter(([status, response]) => statuses.includes(status) && !hasHeader(response, header));
    expect(responses.filter(([, response]) => !hasHeader(response, 'X-Request-Id'))).toEqual([]);
    expect(lacking(['429', '503'], 'Retry-After')).toEqual([]);
    expect(lacking(['401'], 'WWW-Authenticate')).toEqual([]);
  });
});

function accessDocumented({ security = [], ...operation }: Operation): string {
  return 'x-required-permission' in operation ? 'permission' : (Object.keys(security[0] ?? {})[0] ?? 'public');
}

function hasHeader({ headers = {} }: DocumentedResponse, name: string): boolean {
  return name in headers;
}

/** `METHOD /path access` of every handler that Nest found. */
function routes({ app }: TestService): string[] {
  const reflector = app.get(Reflector);
  const controllers = app.get(DiscoveryService, { strict: false }).getControllers();
  return controllers.flatMap(({ instance, metatype }) => {
    const prototype = Object.getPrototypeOf(instance) as Record<string, () => unknown>;
    return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name]!;
      const path = Reflect.getMetadata('path', handler) as string | undefined;
      if (path === undefined) return [];
      const base = Reflect.getMetadata('path', metatype!) as string;
      const parts = [base === 'jw-certs' ? '' : BASE_PATH, base, path].map((part) => part.replaceAll(/^\/|\/$/g, ''));
      const address = `/${parts.filter(Boolean).join('/')}`.replaceAll(/:(\w+)/g, '{$1}');
      const method = RequestMethod[Reflect.getMetadata('method', handler) as RequestMethod];
      return [`${method} ${address} ${accessOf(reflector, handler, metatype as () => unknown)?.kind}`];
    });
  });
}

async function redocly(args: string[]): Promise<string> {
  const cli = import.meta.resolve('@redocly/cli/bin/cli.js').replace(/^file:\/\//, '');
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  // It exits with 1 when it finds something, and says on standard output what.
  const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args], { env }).catch(
    (error: { stdout: string }) => error,
  );
  return stdout;
}
