// The rules of docs/architecture.md as code: who may import what. `npm run rules` runs them, and
// test/contract/house.test.ts plants a breach of them to see that they bite. process.env and forwardRef, which are no
// imports of a file, are .oxlintrc.json's; dead files, exports and dependencies are knip's.

import { ROOMS } from './.dependency-rooms.mjs';

/** A library is a folder of libs/, or of libs/platform/. */
const LIBRARY = String.raw`^libs/(platform/[^/]+|[^/]+)/`;
/** What others see of a library: `worker.ts` is a second door, for apps/worker, `nest/index.ts` for sisters with Nest. */
const DOOR = String.raw`^libs/(platform/[^/]+|[^/]+)/src/(index|worker|nest/index)\.ts$`;
/** Tests beside the code, and the helpers that only they use. */
const TESTS = String.raw`\.(spec|int)\.ts$|^libs/(platform/)?[^/]+/src/testing/`;

/** What each library of the platform may import of the others. Nothing here names a feature. */
const PLATFORM = {
  kernel: [],
  config: ['kernel'],
  telemetry: ['kernel', 'config'],
  database: ['kernel', 'config', 'telemetry'], // statements are spans
  redis: ['kernel', 'config'],
  queue: ['kernel', 'config', 'redis', 'telemetry'], // producers connect as requests do; depth and age are metrics
  audit: ['kernel', 'database', 'telemetry', 'http'], // an event is a row with the request's id; administrators list them
  http: ['kernel', 'config', 'telemetry', 'database'], // the error filter knows the database's failures: 503
  health: ['kernel', 'config', 'telemetry', 'http'], // the probes are routes too; apps hand it what it checks
  testing: [],
};

/** What each feature may import beside the platform. */
const FEATURES = {
  jwks: [],
  users: [],
  notification: [],
  policy: ['users', 'nest-casbin'],
  otp: ['notification'],
  auth: ['users', 'otp', 'jwks', 'notification', 'policy'],
};

/** Layers of a feature, and the ones each must not look at: http, persistence, queue → application → domain. */
const LAYERS = {
  domain: 'application|http|persistence|queue',
  application: 'http|persistence|queue',
  http: 'persistence|queue',
  persistence: 'http|queue',
  queue: 'http|persistence',
};

const packagePath = (packages) => `(^|/)node_modules/(@types/)?(${packages.join('|')})/`;
const libraryPath = (names) => `^libs/(${names.join('|')})/`;
const platformPath = (names) => `^libs/platform/(${names.join('|')})/`;

const platformMatrix = Object.entries(PLATFORM)
  .filter(([name]) => name !== 'kernel') // has a stricter rule of its own
  .map(([name, others]) => ({
    name: `platform-${name}-imports`,
    comment: `platform/${name} may import of our own libraries: ${others.join(', ') || 'none'}.`,
    severity: 'error',
    from: { path: platformPath([name]), pathNot: TESTS },
    to: { path: '^libs/', pathNot: platformPath([name, ...others]) },
  }));

const featureMatrix = Object.entries(FEATURES).map(([name, others]) => ({
  name: `${name}-imports`,
  comment: `${name} may import of our own libraries: the platform${others.map((other) => `, ${other}`).join('')}.`,
  severity: 'error',
  from: { path: libraryPath([name]) },
  to: { path: '^libs/', pathNot: libraryPath([name, 'platform', ...others]) },
}));

const layers = Object.entries(LAYERS).map(([layer, forbidden]) => ({
  name: `layers-${layer}`,
  comment: 'Inside a feature: http, persistence, queue → application → domain. Modules bind them; tests may mix.',
  severity: 'error',
  from: { path: `^libs/([^/]+)/src/${layer}/`, pathNot: TESTS },
  to: { path: `^libs/$1/src/(${forbidden})/` },
}));

const rooms = ROOMS.map(({ packages, rooms: allowed, why }) => ({
  name: `room-of-${packages[0].replace(/[^a-z-]/g, '')}`,
  comment: `${packages.join(', ')}: ${why}.`,
  severity: 'error',
  from: { path: '^(apps|libs|docker)/', pathNot: [...allowed, TESTS] },
  to: { path: packagePath(packages) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'What needs each other is one thing or wants a third. Cycles of types alone count too.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'doors-only',
      comment:
        'A library is imported by its door: index.ts, or worker.ts where there is one. Nothing behind it is public.',
      severity: 'error',
      from: { path: '^(apps|test|docker)/' },
      to: { path: '^libs/', pathNot: DOOR },
    },
    {
      name: 'doors-only-between-libraries',
      comment: 'A library is imported by its door, by other libraries too.',
      severity: 'error',
      from: { path: LIBRARY },
      to: { path: '^libs/', pathNot: [DOOR, '^libs/$1/'] },
    },
    {
      name: 'doors-by-alias',
      comment: 'The door of another library is named by its alias (@identity/otp), never by a path.',
      severity: 'error',
      from: { path: '^(apps|test|docker)/' },
      to: { path: '^libs/', dependencyTypesNot: ['aliased-tsconfig-paths'] },
    },
    {
      name: 'doors-by-alias-between-libraries',
      comment: 'The door of another library is named by its alias, by other libraries too.',
      severity: 'error',
      from: { path: LIBRARY },
      to: { path: '^libs/', pathNot: '^libs/$1/', dependencyTypesNot: ['aliased-tsconfig-paths'] },
    },
    {
      name: 'not-through-the-own-door',
      comment:
        'A library does not enter itself through its door: that makes cycles, and loads all of it for one thing.',
      severity: 'error',
      from: { path: LIBRARY, pathNot: TESTS },
      to: { path: String.raw`^libs/$1/src/(index|worker|nest/index)\.ts$` },
    },
    {
      name: 'platform-kernel-imports-nothing',
      comment: 'The kernel stands on the language alone: no library of ours, no package, no module of Node.',
      severity: 'error',
      from: { path: '^libs/platform/kernel/', pathNot: TESTS },
      to: { pathNot: '^libs/platform/kernel/' },
    },
    ...platformMatrix,
    ...featureMatrix,
    {
      name: 'nest-casbin-imports',
      comment: 'nest-casbin could be published alone: Casbin, Nest, and what Nest itself needs.',
      severity: 'error',
      from: { path: '^libs/nest-casbin/', pathNot: TESTS },
      to: {
        pathNot: ['^libs/nest-casbin/', packagePath(['casbin', '@nestjs/(common|core)', 'reflect-metadata', 'rxjs'])],
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'identity-client-imports',
      comment: 'A sister installs identity-client without this repository, and without Nest.',
      severity: 'error',
      from: { path: '^libs/identity-client/', pathNot: ['^libs/identity-client/src/nest/', TESTS] },
      to: {
        pathNot: ['^libs/identity-client/src/(?!nest/)', packagePath(['jose', 'eventsource-parser'])],
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'identity-client-nest-imports',
      comment: 'The guards of identity-client need @nestjs/common and nothing else of Nest.',
      severity: 'error',
      from: { path: '^libs/identity-client/src/nest/', pathNot: TESTS },
      to: { pathNot: ['^libs/identity-client/src/', packagePath(['@nestjs/common'])] },
    },
    {
      name: 'libraries-know-no-app',
      comment: 'Apps bind libraries together; a library that knows one belongs to it.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(apps|test|docker)/' },
    },
    {
      name: 'apps-know-no-other-app',
      comment: 'What two apps share is a library.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^(apps|test|docker)/', pathNot: '^apps/$1/' },
    },
    {
      name: 'testing-is-not-shipped',
      comment: '@platform/testing starts servers for development and tests: apps/dev, test/ and tests beside the code.',
      severity: 'error',
      from: { path: '^(apps|libs|docker)/', pathNot: ['^apps/dev/', '^libs/platform/testing/', TESTS] },
      to: { path: '^libs/platform/testing/' },
    },
    {
      name: 'test-helpers-are-not-shipped',
      comment: "A library's src/testing/ is for its own tests.",
      severity: 'error',
      from: { pathNot: TESTS },
      to: { path: '^libs/(platform/)?[^/]+/src/testing/' },
    },
    {
      name: 'tests-are-not-imported',
      comment: 'What two tests share is a helper.',
      severity: 'error',
      from: {},
      to: { path: String.raw`\.(spec|int|test)\.ts$` },
    },
    ...layers,
    {
      name: 'domain-without-frameworks',
      comment: 'domain/ holds rules without I/O: no Nest, no store, no platform but the kernel.',
      severity: 'error',
      from: { path: '^libs/[^/]+/src/domain/', pathNot: TESTS },
      to: {
        path: [
          '^libs/platform/(?!kernel/)',
          packagePath(['@nestjs/.+', 'typeorm', 'pg', 'ioredis', 'bullmq', 'fastify', 'casbin']),
          '^(node:)?(fs|net|tls|dns|dgram|http|https|http2|child_process|cluster|worker_threads)(/|$)',
        ],
      },
    },
    ...rooms,
    {
      name: 'no-orphans',
      comment: 'A file that nothing imports and that imports nothing is forgotten.',
      severity: 'error',
      from: { orphan: true, pathNot: [String.raw`\.d\.ts$`, '^docker/(compose/)?[^/]+\\.mjs$'] },
      to: {},
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that leads nowhere fails at run time at the latest.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-undeclared-packages',
      comment: 'A package that is there only because another one brought it disappears with it.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-development-packages-in-shipped-code',
      comment: 'The image is installed without devDependencies. Types are gone by then, so they may come from there.',
      severity: 'error',
      from: { path: '^(apps|libs|docker)/', pathNot: ['^apps/dev/', '^libs/platform/testing/', TESTS] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-deprecated-node-modules',
      comment: 'Node announces the end of these.',
      severity: 'error',
      from: {},
      to: {
        dependencyTypes: ['core'],
        path: '^(node:)?(punycode|domain|constants|sys|_linklist|_stream_wrap|v8/tools/.+|async_hooks/legacy)$',
      },
    },
    {
      name: 'no-deprecated-packages',
      comment: 'The registry calls the installed version deprecated.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['deprecated'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true, // sees imports of types too
    doNotFollow: { path: '(^|/)node_modules/' },
    // A peer's packages are installed by the bench alone; what the programs over clients import is generated by a test.
    exclude: { path: ['^dist/', '^libs/[^/]+/dist/', '^test/bench/peers/', '^test/contract/clients/'] },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
    skipAnalysisNotInRules: true,
    progress: { type: 'none' },
  },
};
