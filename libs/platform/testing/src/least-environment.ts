import { writeSecret } from './write-secret.js';

/**
 * The least that the settings can be read from: for tests that start a part of the service.
 * @param folder where a secret is written to; stands for the folder of the keys too, which no such part reads
 * @param stores a Redis that nobody has unless it is given
 */
export function leastEnvironment(
  folder: string,
  stores: { DATABASE_URL: string; REDIS_URL?: string },
): Record<string, string> {
  const file = writeSecret(folder, 'secret');
  return {
    NODE_ENV: 'test',
    REDIS_URL: 'redis://127.0.0.1:1',
    ...stores,
    JWKS_DIR: folder,
    REFRESH_TOKEN_KEY_FILE: file,
    OTP_PEPPER_FILE: file,
    CONFIGURATION_KEY_FILE: file,
    JWT_ISSUER: 'http://identity',
    JWT_AUDIENCE: 'a',
  };
}
