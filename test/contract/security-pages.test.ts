import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentSchema } from '@platform/config';
import { projectRoot } from '@platform/testing';
import { authorization, logs, namesIn, passwords, tableOf } from '../support/security-pages.js';
import { startService, type TestService } from '../support/start-service.js';
import { fetchDocument, type Operation, operationsOf } from './support/document.js';

const root = projectRoot();
const BASE = '/v1/api/identity';
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** Names of events that are put together where they are told, and what comes of it. */
const COMPOSED = {
  'service-account.${done.result}': ['service-account.created', 'service-account.replaced'],
  '${type.toLowerCase()}.created': ['role.created', 'permission.created'],
};

let service: TestService;
let document: string;
let operations: Operation[];

beforeAll(async () => {
  service = await startService();
  document = await fetchDocument(service);
  operations = await operationsOf(document);
});
afterAll(async () => {
  await service.stop();
});

/** `SETTING` → its value on the page. */
const figuresOf = (heading: string) =>
  new Map(tableOf(passwords, heading).map(([name = '', value = '']) => [namesIn(name).join(), Number(value)]));

const defaultsOf = (names: Iterable<string>) =>
  new Map([...names].map((name) => [name, environmentSchema.shape[name as 'PORT'].parse(undefined)]));

describe('docs/security/passwords.md', () => {
  it('has the limits of guessing that the settings have [ASVS 6.1.1]', () => {
    const figures = figuresOf('What slows guessing down');
    expect(figures).toEqual(defaultsOf(figures.keys()));
    const wanted = Object.keys(environmentSchema.shape).filter((name) =>
      /^(?:SIGN_IN_|PASSWORD_ARGON2_|OTP_(?:MAX|RESEND|DAILY))(?!.*__)/.test(name),
    );
    expect(wanted.length).toBeGreaterThan(6);
    expect([...figures.keys()]).toEqual(expect.arrayContaining(wanted));
  });

  it('has the lifetimes of sessions that the settings have, and how many there may be [ASVS 7.1.1, 7.1.2]', () => {
    const figures = figuresOf('Sessions');
    expect(figures).toEqual(defaultsOf(figures.keys()));
    const wanted = Object.keys(environmentSchema.shape).filter((name) => /_TTL_SECONDS$|^REFRESH_GRACE/.test(name));
    expect([...figures.keys()].toSorted()).toEqual(wanted.filter((name) => !name.startsWith('OTP_')).toSorted());
    const [, most] = /MAX_LIVE_SESSIONS = (\d+);/.exec(read('libs/auth/src/domain/session/session.ts')) ?? [];
    expect(passwords).toContain(`An account has ${most} live sessions at most: one more ends the oldest`);
  });

  it('lists the words that no password may be made of [ASVS 6.1.2]', () => {
    const [, words = ''] =
      /SERVICE_WORDS = \[(.*)\];/.exec(read('libs/auth/src/domain/password/context-words.ts')) ?? [];
    const listed = tableOf(passwords, 'Words of our own').flatMap(([word = '']) => namesIn(word));
    expect(listed).toEqual(words.split(', ').map((word) => word.slice(1, -1)));
  });

  it('lists every call that hands out tokens, and there is no other [ASVS 6.1.3, 6.3.4, 7.6.2]', () => {
    const handing = operations.filter(({ responses }) =>
      Object.entries(responses).some(
        ([status, answer]) => status.startsWith('2') && /"(?:accessToken|resetToken)":/.test(JSON.stringify(answer)),
      ),
    );
    const calls = handing.map(({ method, path }) => `${method} ${path.replace(BASE, '')}`);
    const listed = tableOf(passwords, 'Ways in').flatMap(([call = '']) => namesIn(call));
    expect(listed.toSorted()).toEqual(calls.toSorted());
  });
});

describe('docs/security/authorization.md', () => {
  it('has each permission that a route asks for, and no other [ASVS 8.1.1]', () => {
    const asked = operations.flatMap(({ 'x-required-permission': wanted }) =>
      wanted ? [`${wanted.object} ${wanted.action}`] : [],
    );
    const listed = tableOf(authorization, 'Permissions').flatMap(([object = '', ...can]) =>
      ['read', 'manage'].filter((_action, at) => can[at] !== '').map((action) => `${namesIn(object).join()} ${action}`),
    );
    expect(listed.toSorted()).toEqual([...new Set(asked)].toSorted());
  });

  it('has each scope that a route asks for, and no other [ASVS 8.1.1]', () => {
    const asked = operations.flatMap(({ 'x-required-scope': scope }) => (scope === undefined ? [] : [scope]));
    const listed = tableOf(authorization, 'Scopes').flatMap(([scope = '']) => namesIn(scope));
    expect(listed.toSorted()).toEqual([...new Set([...asked, '*'])].toSorted());
  });
});

describe('docs/security/logs.md', () => {
  it('has each event of the audit trail, and no other [ASVS 16.1.1]', () => {
    const files = globSync('{apps,libs}/**/*.ts', { cwd: root, exclude: ['**/node_modules/**'] });
    const telling = files
      .filter((file) => !/\.(?:spec|int)\.ts$|\/(?:testing|http)\//.test(file))
      .map(read)
      .filter((text) => /\bAudit(?:Log|Event)\b|\bactor: \{/.test(text));
    // Reasons of refusals have the same form, and stand behind `code:`.
    const named = telling.flatMap((text) => [...text.matchAll(/(?<!code: )'([a-z-]+\.[a-z-]+)'/g)]);
    const composed = telling.flatMap((text) => [...text.matchAll(/action: `([^`]+)`/g)].map(([, name = '']) => name));
    expect(composed.toSorted()).toEqual(Object.keys(COMPOSED).toSorted());
    const events = new Set([...named.map(([, name = '']) => name), ...Object.values(COMPOSED).flat()]);
    const listed = tableOf(logs, 'Security events').flatMap(([names = '']) => namesIn(names));
    expect(listed.toSorted()).toEqual([...events].toSorted());
  });
});

it('links of these pages lead to files and headings that are there', () => {
  const pages = ['SECURITY.md', ...globSync('docs/security/*.{md,yaml}', { cwd: root })];
  const links = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].map(([, path = '', anchor]) => ({
      page,
      target: path === '' ? page : join(dirname(page), path),
      anchor,
    })),
  );
  expect(links.length).toBeGreaterThan(200);
  expect(links.filter(({ target }) => !existsSync(join(root, target)))).toEqual([]);
  const anchored = links.filter(({ anchor }) => anchor !== undefined);
  expect(anchored.filter(({ target, anchor = '' }) => !anchorsOf(read(target)).includes(anchor))).toEqual([]);
});

/** As GitHub makes them of headings. */
function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(
    ([, heading = '']) =>
    heading.toLowerCase().replaceAll(/[^\p{L}\p{N} -]/gu, '').replaceAll(' ', '-'), // prettier-ignore
  );
}

describe('the OpenAPI document', () => {
  it('takes no secret in an address [ASVS 14.2.1]', () => {
    const taken = operations.flatMap((operation) => operation.parameters ?? []);
    const names = [...new Set(taken.map(({ name }) => name))];
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => /token|secret|password|credential|key|otp|challenge|identifier/i.test(name))).toEqual(
      [],
    );
  });

  it('asks nowhere for a hint or a secret question [ASVS 6.4.2]', () => {
    const names = [...document.matchAll(/"([A-Za-z]+)":\{"(?:type|\$ref|anyOf|default|description|example)/g)];
    const properties = [...new Set(names.map(([, name = '']) => name))];
    expect(properties).toEqual(expect.arrayContaining(['newPassword', 'identifier', 'refreshToken']));
    expect(properties.filter((name) => /hint|question|answer|mother|pet/i.test(name))).toEqual([]);
  });
});
