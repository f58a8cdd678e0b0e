import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentSchema } from '@platform/config';
import { projectRoot } from '@platform/testing';
import { inventory, namesIn, tableOf } from '../support/security-pages.js';
import { startService, type TestService } from '../support/start-service.js';

const root = projectRoot();
/** What is shipped: no tests, none of their servers, not the launcher of development. */
const SHIPPED = globSync(['{apps,libs}/**/*.ts', 'docker/**/*.mjs'], { cwd: root, exclude: ['**/node_modules/**'] })
  .filter((file) => !/\.(?:spec|int|d)\.ts$|\/testing\/|^apps\/dev\//.test(file))
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
const CRYPTOGRAPHY = /from '(?:node:crypto|crypto|argon2|jsonwebtoken|@nestjs\/jwt|jose)'|crypto\.(?:subtle|getRandom)/;

let service: TestService;

beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.stop();
});

// First, while nobody has signed up.
it('an installation has nobody in it who could sign in, and no service account [ASVS 6.3.2]', async () => {
  for (const table of ['User', 'UserIdentifier', 'UserCredential', 'ServiceAccount', 'Session', 'PendingSignUp'])
    expect([table, await service.sql(`SELECT * FROM identity."${table}"`)]).toEqual([table, []]);
});

describe('the inventory of cryptography', () => {
  it('has each file that uses any [ASVS 11.1.2, 11.1.3]', () => {
    const found = SHIPPED.filter(({ text }) => CRYPTOGRAPHY.test(text)).map(({ file }) => file);
    expect(found.length).toBeGreaterThan(30);
    const listed = tableOf(inventory, 'Cryptography in the code').flatMap(([file = '']) => namesIn(file));
    expect(listed.toSorted()).toEqual(found.toSorted());
  });

  it('is of ciphers and hashes that are approved, by OpenSSL and argon2 [ASVS 11.2.1, 11.3.1, 11.3.2, 11.4.1, 11.4.3]', () => {
    const named = SHIPPED.flatMap(({ file, text }) =>
      [...text.matchAll(/\b(?:createHash|createHmac|hash|hkdfSync|sign|verify|createCipheriv|createDecipheriv)\(\s*['"`]([\w-]+)/g)] // prettier-ignore
        .map(([, algorithm = '']) => [algorithm, file] as const),
    );
    expect(named.length).toBeGreaterThan(15);
    expect([...new Set(named.map(([algorithm]) => algorithm))].toSorted()).toEqual(['aes-256-gcm', 'sha256']);
    const ciphers = SHIPPED.filter(({ text }) => /\bcreate(?:Dec|C)ipheriv\(/.test(text));
    for (const { file, text } of ciphers) expect([file, /'aes-256-gcm'/.test(text)]).toEqual([file, true]);
    const weak =
      /['"`](?:aes-[\w-]*-(?:ecb|cbc|ctr|cfb|ofb)|des(?:-[\w-]+)?|rc4|md5|sha-?1)['"`]|RSA_PKCS1_PADDING|publicEncrypt|privateDecrypt/;
    // RSASSA-PKCS1-v1_5 as a signature (RS256) is named by its padding in what verifies it.
    expect(SHIPPED.filter(({ text }) => weak.test(text.replaceAll('constants.RSA_PKCS1_PADDING', ''))).map(({ file }) => file)).toEqual([]); // prettier-ignore
  });

  it('has no random number that anybody could guess, but for how long is waited [ASVS 11.5.1]', () => {
    const guessable = SHIPPED.filter(({ text }) => /Math\.random/.test(text)).map(({ file }) => file);
    expect(guessable.toSorted()).toEqual([
      'libs/identity-client/src/policy/policy-client.ts',
      'libs/identity-client/src/token/options.ts',
      'libs/notification/src/queue/retry-policy.ts',
    ]);
  });

  it('has each setting that leads to a secret [ASVS 11.1.2]', () => {
    const leading = Object.keys(environmentSchema.shape).filter((name) =>
      /_FILE$|_DIR$|^(?:DATABASE|REDIS)_(?:URL|SENTINEL|CLUSTER)/.test(name),
    );
    expect(leading.length).toBeGreaterThan(6);
    const named = tableOf(inventory, 'Keys and secrets').flatMap(([, where = '']) => namesIn(where));
    expect(named).toEqual(expect.arrayContaining(leading));
  });
});

describe('the inventory of data', () => {
  it('gives each column of each table a class, and how long it is kept [ASVS 14.1.1]', async () => {
    const columns = await service.sql<{ name: string }>(
      `SELECT table_schema || '.' || table_name || '.' || column_name AS name FROM information_schema.columns
       WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`,
    );
    expect(columns.length).toBeGreaterThan(100);
    const rows = tableOf(inventory, 'PostgreSQL');
    const listed = rows.flatMap(([table = '', names = '']) =>
      namesIn(names).map((column) => `${namesIn(table).join()}.${column}`),
    );
    expect(listed.toSorted()).toEqual(columns.map(({ name }) => name).toSorted());
    for (const [, , dataClass, kept] of rows) {
      expect(['secret', 'personal', 'internal']).toContain(dataClass);
      expect(kept).not.toBe('');
    }
  });

  it('gives each claim of an access token a class [ASVS 14.1.1]', async () => {
    const { accessToken } = await service.client.signUp();
    const claims = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as object;
    const listed = tableOf(inventory, 'Access token').flatMap(([names = '']) => namesIn(names));
    expect(listed.toSorted()).toEqual(Object.keys(claims).toSorted());
  });
});
