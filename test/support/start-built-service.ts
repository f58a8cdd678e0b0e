import { migrate } from '@platform/database';
import { type SpawnedService, spawnService, untilReady } from './spawn-service.js';
import { prepareEnvironment } from './start-service.js';

/** The built API as a process of its own, with a database, keys and secrets of its own. */
export interface BuiltService extends SpawnedService {
  env: Record<string, string>;
  /** Holds its keys and secrets. */
  folder: string;
}

/**
 * Starts what `npm run build` made and waits until it is ready; `stop` also removes what it ran on.
 * @param overrides settings that differ, by the names of the environment variables
 * @param before what is done once there are tables, and no service yet
 * @throws Error with what it wrote, when it ends before it is ready
 */
export async function startBuiltService(
  overrides: Record<string, string> = {},
  before?: (env: Record<string, string>) => Promise<void>,
): Promise<BuiltService> {
  const { env, folder, release } = await prepareEnvironment(overrides);
  let service: SpawnedService | undefined;
  const stop = async () => {
    await service?.stop();
    await release();
  };
  try {
    await migrate(env.DATABASE_URL ?? '');
    await before?.(env);
    service = spawnService(env);
    await untilReady(service);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...service, env, folder, stop };
}
