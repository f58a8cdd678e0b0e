import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { PERMISSION_EXTENSION } from './access.js';
import { EVENT_STREAM_EXTENSION } from './event-stream.js';
import { DATABASE_AWAY, type DocumentedProblem, problemResponses, PROBLEMS_EXTENSION } from './api-problems.js';
import { servePageFilesAlone } from './page-files.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & {
  [PROBLEMS_EXTENSION]?: DocumentedProblem[];
  [PERMISSION_EXTENSION]?: object;
  [EVENT_STREAM_EXTENSION]?: string;
};
type Responses = Operation['responses'];
interface Described {
  default?: unknown;
  description?: string;
}
type Schemas = Record<string, { example?: unknown; properties?: Record<string, Described> }>;
type Content = Record<string, { schema?: { $ref?: string }; examples?: unknown }>;

const DESCRIPTION = `Accounts, passwords, sessions and signed tokens of the seller platform.

**Try it here:** send *Sign up* as it stands (or *Sign in*, when the name is taken), copy \`accessToken\` from the answer,
paste it into *Authorize*, and call *Who am I?*

- Ids are decimal **strings**: a 64-bit id does not fit a JavaScript number. Times are RFC 3339 in UTC.
- Lists are \`{items, nextCursor}\`; send \`nextCursor\` as \`cursor\` to get the next page, until it is null.
- Every error is an RFC 9457 problem document. Programs look at its \`code\`, which is stable; its texts are for people.
- Every answer carries \`X-Request-Id\`: yours, if you sent one, else a new one.
- Ignore members that you do not know: more may come.`;

const problemSchema = z
  .looseObject({
    type: z.string().meta({ description: 'A URN that ends in the code.' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string().meta({ description: 'The path of the request.' }),
    code: z
      .string()
      .regex(/^[a-z-]+\.[a-z-]+$/)
      .meta({ description: 'Stable, for programs: `area.reason`.', examples: ['auth.invalid-credentials'] }),
    requestId: z.string(),
    errors: z
      .array(z.object({ path: z.string(), code: z.string(), message: z.string() }).meta({ id: 'FieldError' }))
      .optional()
      .meta({ description: 'Which fields were refused, and why (422).' }),
    limit: z.string().optional().meta({ description: 'Which limit was hit (429, 503).' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });

const MALFORMED: DocumentedProblem = {
  kind: 'malformed',
  code: 'request.malformed',
  when: 'The request or its body is not well-formed.',
};
const BODY_PROBLEMS: DocumentedProblem[] = [
  { kind: 'too-large', code: 'request.too-large', when: 'The body is larger than 64 KiB.' },
  {
    kind: 'unsupported-media-type',
    code: 'request.unsupported-media-type',
    when: 'The body is not application/json.',
  },
];
const INVALID: DocumentedProblem = {
  kind: 'invalid',
  code: 'request.invalid',
  when: 'Some fields are not acceptable.',
};
const NO_SUCH_ADDRESS: DocumentedProblem = {
  kind: 'not-found',
  code: 'request.not-found',
  when: 'A part of the address is longer than any that exists.',
};
const UNEXPECTED: DocumentedProblem = {
  kind: 'unexpected',
  code: 'service.unexpected',
  when: 'Something went wrong on our side.',
};
const BEARER_PROBLEMS: DocumentedProblem[] = [
  {
    kind: 'unauthenticated',
    code: 'auth.invalid-token',
    when: 'No access token, or one that is altered, expired or of an ended session.',
  },
  DATABASE_AWAY,
];
const PERMISSION_DENIED: DocumentedProblem = {
  kind: 'forbidden',
  code: 'policy.permission-denied',
  when: 'The policies do not allow you this.',
};
const BASIC_PROBLEMS: DocumentedProblem[] = [
  {
    kind: 'unauthenticated',
    code: 'policy.invalid-service-account',
    when: 'No service account, a revoked one, or the wrong secret.',
  },
  { kind: 'forbidden', code: 'policy.scope-missing', when: 'The service account lacks the scope.' },
  {
    kind: 'limited',
    code: 'policy.too-many-failures',
    when: 'Too many wrong secrets from this address; the right one is still accepted.',
    limit: 'service-account-failures',
  },
  DATABASE_AWAY,
];

/** The OpenAPI 3.1 document of the running routes, completed with what every route of a sort can answer. */
export function buildOpenApi(app: NestFastifyApplication, version: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('nx-seller-identity')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .addServer('/', 'This service')
    .addTag('auth', 'Sign up, sign in, stay signed in.')
    .addTag('otp', 'One-time codes by mail and SMS.')
    .addTag('sessions', 'Where am I signed in?')
    .addTag('users', 'The own account.')
    .addTag('keys', 'The public signing keys.')
    .addTag('internal', 'For sister services, over BASIC.')
    .addTag('admin', 'Administration, by permission.')
    .addTag('health', 'Is it up?')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The `accessToken` of a sign-in.' },
      'bearer',
    )
    .addBasicAuth({ type: 'http', scheme: 'basic', description: 'Name and secret of a service account.' }, 'basic')
    .build();
  const document = SwaggerModule.createDocument(app, config, { standardSchemaConverter: toSchema });
  const schemas = ((document.components ??= {}).schemas ??= {}) as Schemas;
  const { components } = toSchema(problemSchema, { schemaType: 'output' });
  // Nest rewrites the references of what it converts itself.
  Object.assign(schemas, JSON.parse(JSON.stringify(components).replaceAll('#/$defs/', '#/components/schemas/')));
  for (const { properties = {} } of Object.values(schemas)) Object.values(properties).forEach(tellDefault);
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item as Record<string, Operation>)) {
      documentProblems(path, method, operation);
      documentExamples(operation, schemas);
      documentEventStream(operation);
      operation.security ??= [];
    }
  }
  return document;
}

/** Swagger UI at `doc`, the document at `doc/openapi.json`; every asset is served from here, none from a CDN. */
export function mountSwagger(app: NestFastifyApplication, document: OpenAPIObject): void {
  servePageFilesAlone(app.getHttpAdapter().getInstance(), 'doc');
  SwaggerModule.setup('doc', app, document, {
    useGlobalPrefix: true,
    jsonDocumentUrl: 'doc/openapi.json',
    raw: ['json'],
    customSiteTitle: 'nx-seller-identity',
    swaggerOptions: { persistAuthorization: false, tryItOutEnabled: true, validatorUrl: null },
  });
}

function accessProblems(operation: Operation): DocumentedProblem[] {
  return [
    ...(demands(operation, 'bearer') ? BEARER_PROBLEMS : []),
    ...(demands(operation, 'basic') ? BASIC_PROBLEMS : []),
    ...(operation[PERMISSION_EXTENSION] ? [PERMISSION_DENIED] : []),
  ];
}

function demands({ security = [] }: Operation, scheme: string): boolean {
  return security.some((each) => scheme in each);
}

/** The refusals that an operation names, and those that follow from its shape. */
function documentProblems(path: string, method: string, operation: Operation): void {
  const problems = [...(operation[PROBLEMS_EXTENSION] ?? []), MALFORMED, UNEXPECTED];
  if (method !== 'get') problems.push(...BODY_PROBLEMS); // a body that nobody asked for is looked at too
  if (operation.requestBody || operation.parameters?.length) problems.push(INVALID);
  if (path.includes('{')) problems.push(NO_SUCH_ADDRESS);
  problems.push(...accessProblems(operation));
  delete operation[PROBLEMS_EXTENSION];
  const responses = Object.assign(operation.responses, problemResponses(path, problems) as Responses);
  for (const response of Object.values(responses)) {
    if (!response || !('description' in response)) continue;
    response.headers = {
      'X-Request-Id': { description: 'Of this request.', schema: { type: 'string' } },
      ...response.headers,
    };
  }
}

/**
 * Says in words what is meant where a member of a body is left out: generators of clients take `default` for a promise
 * that the member is always there, and want it to be sent.
 */
function tellDefault(member: Described): void {
  if (!('default' in member)) return;
  const { default: value, description = '' } = member;
  member.description = `${description} By default \`${JSON.stringify(value)}\`.`.trim();
  delete member.default;
}

/**
 * Shows the example of a component wherever a body is one, and none of an optional parameter: Swagger UI would send it
 * unasked, and a list that starts at an example's cursor is empty.
 */
function documentExamples({ parameters = [], requestBody, responses }: Operation, schemas: Schemas): void {
  for (const parameter of parameters as { required?: boolean; schema?: { example?: unknown } }[]) {
    if (!parameter.required) delete parameter.schema?.example;
  }
  const bodies = [requestBody, ...Object.values(responses)] as ({ content?: Content } | undefined)[];
  for (const media of bodies.flatMap((body) => Object.values(body?.content ?? {}))) {
    if (media.examples === undefined) Object.assign(media, exampleOf(media.schema?.$ref, schemas));
  }
}

/** The same answer as a stream of events, where a route has one. */
function documentEventStream(operation: Operation): void {
  const example = operation[EVENT_STREAM_EXTENSION];
  delete operation[EVENT_STREAM_EXTENSION];
  const { content } = (operation.responses['200'] ?? {}) as { content?: Content };
  if (example !== undefined && content)
    Object.assign(content, { 'text/event-stream': { schema: { type: 'string' }, example } });
}

function exampleOf(reference: string | undefined, schemas: Schemas): { example?: unknown } {
  const { example } = schemas[reference?.split('/').at(-1) ?? ''] ?? {};
  return example === undefined ? {} : { example };
}

function toSchema(schema: unknown, { schemaType }: { schemaType: 'input' | 'output' }) {
  const {
    $defs,
    $schema: _dialect,
    ...converted
  } = z.toJSONSchema(schema as z.ZodType, {
    target: 'draft-2020-12',
    io: schemaType,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // zod's pattern of a time is 400 characters that say what the format says.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      // What every JSON number keeps to is no bound that anybody should check.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  }) as Record<string, unknown>;
  const components = ($defs ?? {}) as Record<string, Record<string, unknown>>;
  const id = converted.id;
  if (typeof id !== 'string') return { schema: converted, components: withoutIds(components) };
  return { schema: { $ref: `#/components/schemas/${id}` }, components: withoutIds({ ...components, [id]: converted }) };
}

/** zod leaves `.meta({id})` in the schema, where OpenAPI knows no such keyword. */
function withoutIds(components: Record<string, Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(components).map(([name, { id: _id, ...schema }]) => [name, schema]));
}
