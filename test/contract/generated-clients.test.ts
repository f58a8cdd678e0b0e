import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createClient } from '@hey-api/openapi-ts';
import openapiTypescript, { astToString } from 'openapi-typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomEmail } from '../support/addresses.js';
import { signUpAdministrator } from '../support/administrators.js';
import { PASSWORD } from '../support/client.js';
import { type Messaging, startMessaging } from '../support/messaging.js';
import { createSister } from '../support/sisters.js';
import { startService, type TestService } from '../support/start-service.js';
import type { Given, Seen } from './clients/journey.mjs';
import { fetchDocument } from './support/document.js';

const PROJECT = join(import.meta.dirname, '../..');
let service: TestService;
let messaging: Messaging;
/** Within the project, so that what the programs import is found. */
let folder: string;

beforeAll(async () => {
  service = await startService();
  messaging = await startMessaging(service);
  mkdirSync(join(PROJECT, '.data'), { recursive: true });
  folder = mkdtempSync(join(PROJECT, '.data/generated-clients-'));
  cpSync(join(import.meta.dirname, 'clients'), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  await generate(await fetchDocument(service));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await messaging.stop();
  await service.stop();
});

/** Both with the options that they have when nobody says otherwise. */
async function generate(document: string): Promise<void> {
  const generated = join(folder, 'generated');
  const parsed = JSON.parse(document) as Record<string, unknown>;
  await createClient({ input: parsed, output: join(generated, 'hey-api'), logs: { level: 'silent', file: false } });
  writeFileSync(join(generated, 'openapi-typescript.ts'), astToString(await openapiTypescript(document)));
}

async function compile(): Promise<string> {
  const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, '--build', folder]).catch(
    (error: { stdout: string }) => error,
  );
  return stdout;
}

it('clients generated from the document compile under the strictest options', async () => {
  expect(await compile()).toBe('');
}, 120_000);

it.each(['hey-api', 'openapi-fetch'])('a program travels through the service with the client of %s', async (name) => {
  const { accessToken, userId } = await signUpAdministrator(service);
  const email = randomEmail();
  const given: Given = {
    origin: service.origin,
    email,
    readCode: async () => await messaging.code(email),
    password: PASSWORD,
    administrator: accessToken,
    service: await createSister(service, 'policies:check'),
  };
  const program = (await import(join(folder, `${name}.mjs`))) as { journey(given: Given): Promise<Seen> };
  const seen = await program.journey(given);
  expect(seen).toMatchObject({
    names: [email, email],
    problems: [
      { code: 'auth.invalid-credentials', fields: [] },
      { code: 'request.invalid', fields: ['identifier.value'] },
    ],
    allowed: false,
  });
  expect(seen.listed).toEqual(expect.arrayContaining([userId, seen.userId]));
});
