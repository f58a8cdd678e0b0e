import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { problemResponse } from './api-problems.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Responses = Operation['responses'];

const problemSchema = z
  .object({
    type: z.string().meta({ description: 'A URN that ends in the code.' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string().meta({ description: 'The path of the request.' }),
    code: z
      .string()
      .meta({ description: 'Stable, for programs: `area.reason`.', examples: ['auth.invalid-credentials'] }),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })).optional(),
    limit: z.string().optional().meta({ description: 'Which limit was hit (429, 503).' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });

const BODY_PROBLEMS = [
  problemResponse('malformed', [{ code: 'request.malformed', when: 'The body is not well-formed JSON.' }]),
  problemResponse('too-large', [{ code: 'request.too-large', when: 'The body is larger than 64 KiB.' }]),
  problemResponse('unsupported-media-type', [
    { code: 'request.unsupported-media-type', when: 'The body is not application/json.' },
  ]),
];
const INVALID = problemResponse('invalid', [{ code: 'request.invalid', when: 'Some fields are not acceptable.' }]);
const UNEXPECTED = problemResponse('unexpected', [
  { code: 'service.unexpected', when: 'Something went wrong on our side.' },
]);
const UNAUTHENTICATED = problemResponse('unauthenticated', [
  { code: 'auth.invalid-token', when: 'No access token, or one that is altered, expired or of an ended session.' },
]);
const DATABASE = problemResponse('unavailable', [
  { code: 'database.unavailable', when: 'The database does not answer at the moment.' },
]);

/** The OpenAPI 3.1 document of the running routes, completed with what every route of a sort can answer. */
export function buildOpenApi(app: NestFastifyApplication, version: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('nx-seller-identity')
    .setDescription('Accounts, passwords, sessions and signed tokens of the seller platform.')
    .setVersion(version)
    .setLicense('UNLICENSED', 'https://docs.npmjs.com/cli/configuring-npm/package-json#license')
    .addServer('/', 'This service')
    .addTag('auth', 'Sign up, sign in, stay signed in.')
    .addTag('sessions', 'Where am I signed in?')
    .addTag('users', 'The own account.')
    .addTag('keys', 'The public signing keys.')
    .addTag('health', 'Is it up?')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access token of a sign-in.' },
      'bearer',
    )
    .build();
  const document = SwaggerModule.createDocument(app, config, { standardSchemaConverter: toSchema, operationIdFactory });
  const schemas = (document.components ??= {}).schemas as Record<string, unknown>;
  schemas.Problem = toSchema(problemSchema, { schemaType: 'output' }).components.Problem;
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path as Record<string, Operation>)) complete(operation);
  }
  return document;
}

/** Swagger UI at `doc`, the document at `doc/openapi.json`; every asset is served from here, none from a CDN. */
export function mountSwagger(app: NestFastifyApplication, document: OpenAPIObject): void {
  SwaggerModule.setup('doc', app, document, {
    useGlobalPrefix: true,
    jsonDocumentUrl: 'doc/openapi.json',
    raw: ['json'],
    customSiteTitle: 'nx-seller-identity',
    swaggerOptions: { persistAuthorization: false, tryItOutEnabled: true, validatorUrl: null },
  });
}

/** Adds the answers that follow from an operation's shape, where the operation does not describe them itself. */
function complete(operation: Operation): void {
  const common = [UNEXPECTED];
  if (operation.requestBody) common.push(...BODY_PROBLEMS, INVALID);
  if (operation.parameters?.length) common.push(INVALID);
  if (operation.security?.length) common.push(UNAUTHENTICATED, DATABASE);
  const responses = operation.responses as Record<string, Responses[string]>;
  for (const { status, ...response } of common) responses[status] ??= response as Responses[string];
  for (const response of Object.values(responses)) {
    if (response && 'description' in response) {
      response.headers = {
        'X-Request-Id': { description: 'Of this request.', schema: { type: 'string' } },
        ...response.headers,
      };
    }
  }
  if (!operation.security) operation.security = [];
}

function operationIdFactory(controller: string, method: string): string {
  return `${controller.replace(/Controller$/, '').replace(/^./, (letter) => letter.toLowerCase())}_${method}`;
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
