import { freePort, isPortFree, poll } from '@platform/testing';
import { join } from 'node:path';
import { type Service, startService } from './child.js';
import type { DataFolder } from './data-folder.js';
import { Problem, Stopped } from './problem.js';
import { chooseListeners, type Listeners } from './settings.js';
import { step } from './terminal.js';

const READY_SECONDS = 60;
const ATTEMPTS = 3;

export interface ServiceContext {
  root: string;
  folder: DataFolder;
  /** The caller's environment, then the service's settings over it. */
  environment: (listeners: Listeners) => NodeJS.ProcessEnv;
  callerEnv: NodeJS.ProcessEnv;
  signal: AbortSignal;
  /** Told as soon as a process runs, so that it is stopped whatever comes next. */
  onStart: (service: Service) => void;
  onGone: (service: Service) => void;
}

/** Starts the API. If another program takes a chosen port first, other ones are chosen. */
export async function startApi(
  context: ServiceContext,
  first: Listeners,
): Promise<{ api: Service; listeners: Listeners }> {
  for (let attempt = 1, listeners = first; ; attempt += 1, listeners = await chooseListeners(context.callerEnv)) {
    try {
      return { api: await start(context, 'api', listeners), listeners };
    } catch (error) {
      const free = (await isPortFree(listeners.port)) && (await isPortFree(listeners.managementPort));
      if (free || attempt === ATTEMPTS || error instanceof Stopped) throw error;
    }
  }
}

/** Starts the worker, whose own management port is the next free one. */
export async function startWorker(
  context: ServiceContext,
  listeners: Listeners,
): Promise<{ worker: Service; managementPort: number }> {
  const managementPort = await freePort(listeners.managementPort + 1, undefined);
  return { worker: await start(context, 'worker', { ...listeners, managementPort }), managementPort };
}

async function start(context: ServiceContext, name: 'api' | 'worker', listeners: Listeners): Promise<Service> {
  const env = { ...context.environment(listeners), RUN_MODE: name };
  return step(`${name} ready`, async () => {
    const service = startService(name, join(context.root, 'docker/entrypoint.mjs'), env, context.folder.log(name));
    context.onStart(service);
    try {
      await poll(`Readiness of the ${name}`, READY_SECONDS, () => isReady(service, listeners, context.signal));
    } catch (error) {
      await service.stop();
      context.onGone(service);
      throw error;
    }
    return service;
  });
}

async function isReady(
  service: Service,
  { managementPort }: Listeners,
  signal: AbortSignal,
): Promise<true | undefined> {
  if (signal.aborted) throw new Stopped();
  if (!service.isRunning())
    throw new Problem(`The ${service.name} ended while it started. Its log ends with:\n${service.lastLines()}`);
  try {
    const answer = await fetch(`http://127.0.0.1:${managementPort}/readyz`, { signal: AbortSignal.timeout(2000) });
    return answer.ok ? true : undefined;
  } catch {
    return undefined;
  }
}
