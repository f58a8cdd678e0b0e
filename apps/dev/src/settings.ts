import { environmentSchema } from '@platform/config';
import { makeSecrets } from './credentials.js';
import type { DataFolder } from './data-folder.js';
import { choosePort } from './ports.js';

export interface Listeners {
  port: number;
  managementPort: number;
}

/** Addresses for the API: the usual ports unless they are taken, or what the environment insists on. */
export async function chooseListeners(env: NodeJS.ProcessEnv): Promise<Listeners> {
  return {
    port: await choosePort('PORT', env['PORT'], 3000),
    managementPort: await choosePort('MANAGEMENT_PORT', env['MANAGEMENT_PORT'], 9464),
  };
}

/** The settings of the service's processes, all of them: development defaults, over which the caller's own ones win. */
export function serviceEnvironment(
  folder: DataFolder,
  env: NodeJS.ProcessEnv,
  stores: { database: string; redis: string },
  { port, managementPort }: Listeners,
): Record<string, string> {
  const defaults: Record<string, string> = {
    NODE_ENV: 'development',
    LOG_LEVEL: 'info',
    DATABASE_URL: stores.database,
    ...(stores.redis ? { REDIS_URL: stores.redis } : {}),
    JWKS_DIR: folder.keys,
    ...makeSecrets(folder),
    JWT_ISSUER: `http://127.0.0.1:${port}`,
    JWT_AUDIENCE: 'nx-seller',
    SNOWFLAKE_WORKER_ID: 'auto',
  };
  const given = Object.keys(environmentSchema.shape).flatMap((name) => (env[name] ? [[name, env[name]] as const] : []));
  return { ...defaults, ...Object.fromEntries(given), PORT: String(port), MANAGEMENT_PORT: String(managementPort) };
}
