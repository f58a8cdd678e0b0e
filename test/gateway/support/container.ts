import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, guardPath } from '@platform/testing';
import { type SpawnedService, spawnService } from '../../support/spawn-service.js';
import { type ApiService, labelsOf, onThisMachine } from './compose.js';
import type { ContainerState, DockerEngine } from './docker-engine.js';

/** A replica as Docker and compose run it: its health is asked for, and before it is stopped its hook runs. */
export interface Container {
  service: SpawnedService;
  state: ContainerState;
  /** As `docker compose stop` does: the hook, SIGTERM, and SIGKILL once the grace period is over. */
  stop(): Promise<void>;
  /** As Kubernetes does: taken from the endpoints some time after it began to sleep; SIGTERM at the sleep's end. */
  evict(times: { endpointLagMs: number; preStopMs: number }): Promise<void>;
  /** Ends it on the spot. */
  kill(): Promise<void>;
}

/** Starts the built API with the labels and the health check of the compose file. */
export async function startContainer(
  engine: DockerEngine,
  compose: ApiService,
  environment: Record<string, string>,
): Promise<Container> {
  const temporary = mkdtempSync(join(tmpdir(), 'nx-container-'));
  guardPath(temporary);
  const port = await freePort();
  const env = { ...environment, PORT: String(port), MANAGEMENT_PORT: String(await freePort()), TMPDIR: temporary };
  const service = spawnService(env);
  const state: ContainerState = {
    id: randomBytes(32).toString('hex'),
    labels: labelsOf(compose),
    hostPort: port,
    health: 'starting',
  };
  engine.tell({ ...state });
  const tell = (health: ContainerState['health']) => {
    if (isOver || state.health === health) return;
    state.health = health;
    engine.tell({ ...state });
  };
  let isOver = false;
  void watchHealth(compose, env, () => !isOver, tell);
  const over = async () => {
    await service.ended;
    isOver = true;
    engine.forget(state.id);
    rmSync(temporary, { recursive: true, force: true });
  };
  const terminate = async () => {
    const timer = setTimeout(() => service.signal('SIGKILL'), compose.stop_grace_period * 1000);
    service.signal('SIGTERM');
    await over();
    clearTimeout(timer);
  };
  return {
    service,
    state,
    stop: async () => {
      for (const { command } of compose.pre_stop) await run(onThisMachine(command), env);
      await terminate();
    },
    evict: async ({ endpointLagMs, preStopMs }) => {
      const leave = async () => {
        await delay(endpointLagMs);
        isOver = true;
        engine.forget(state.id);
      };
      const sleep = async () => {
        await delay(preStopMs);
        await terminate();
      };
      await Promise.all([leave(), sleep()]);
    },
    kill: async () => {
      service.signal('SIGKILL');
      await over();
    },
  };
}

/** Asks as Docker does: each second until it was healthy, then at the interval; unhealthy after so many failures. */
async function watchHealth(
  { healthcheck }: ApiService,
  env: Record<string, string>,
  isWanted: () => boolean,
  tell: (health: ContainerState['health']) => void,
): Promise<void> {
  const [, ...command] = healthcheck.test;
  let failures = 0;
  let wasHealthy = false;
  while (isWanted()) {
    const isHealthy = await run(onThisMachine(command), env, healthcheck.timeout);
    failures = isHealthy ? 0 : failures + 1;
    wasHealthy ||= isHealthy;
    if (isHealthy) tell('healthy');
    else if (wasHealthy && failures >= healthcheck.retries) tell('unhealthy');
    await delay((wasHealthy ? healthcheck.interval : 1) * 1000, undefined, { ref: false });
  }
}

/** Whether a command in the container ends well, and in time. */
function run(words: string[], env: Record<string, string>, seconds = 60): Promise<boolean> {
  const [program = '', ...args] = words;
  return new Promise((resolve) => {
    execFile(program, args, { env, timeout: seconds * 1000 }, (error) => resolve(error === null));
  });
}
