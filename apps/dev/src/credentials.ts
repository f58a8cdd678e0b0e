import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type DataFolder, readJson, writeJson, writeWhole } from './data-folder.js';

/** What was generated at the first start and is kept for the next ones. */
export interface Credentials {
  postgresPassword: string;
  adminPassword: string;
  serviceAccount: { name: string; secret: string };
  /** Of examples/sister. */
  exampleAccount: { name: string; secret: string };
}

const SISTER = 'dev-sister';
const EXAMPLE = 'example-sister';

/** The file for a database: a database of one's own (DATABASE_URL) has its own accounts. */
export function credentialsFile(folder: DataFolder, databaseUrl: string | undefined): string {
  if (!databaseUrl) return folder.credentials;
  const mark = createHash('sha256').update(databaseUrl).digest('hex').slice(0, 8);
  return folder.credentials.replace(/\.json$/, `-${mark}.json`);
}

/** Reads the credentials, or generates and keeps what is missing: before anything is made that they open. */
export function loadCredentials(file: string): Credentials {
  const kept = readJson<Partial<Credentials>>(file) ?? {};
  const secret = (bytes: number) => randomBytes(bytes).toString('base64url');
  const credentials = {
    postgresPassword: kept.postgresPassword ?? secret(18),
    adminPassword: kept.adminPassword ?? secret(18),
    serviceAccount: kept.serviceAccount ?? { name: SISTER, secret: secret(32) },
    exampleAccount: kept.exampleAccount ?? { name: EXAMPLE, secret: secret(32) },
  };
  if (!kept.serviceAccount || !kept.exampleAccount) writeJson(file, credentials);
  return credentials;
}

/** Generates the symmetric secrets that are missing: base64 of 32 random bytes each. */
export function makeSecrets(folder: DataFolder): Record<string, string> {
  const files = {
    REFRESH_TOKEN_KEY_FILE: join(folder.secrets, 'refresh-token.key'),
    OTP_PEPPER_FILE: join(folder.secrets, 'otp.pepper'),
    CONFIGURATION_KEY_FILE: join(folder.secrets, 'configuration.key'),
  };
  for (const file of Object.values(files)) {
    if (!existsSync(file)) writeWhole(file, `${randomBytes(32).toString('base64')}\n`);
  }
  return files;
}
