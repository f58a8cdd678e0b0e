import { join } from 'node:path';
import { guardPath } from '@platform/testing';
import { chooseListeners, serviceEnvironment } from './settings.js';
import { type Credentials, credentialsFile, loadCredentials } from './credentials.js';
import { type DataFolder, dataFolder, forgetRun, makeDataFolder, writeJson } from './data-folder.js';
import { type Facts, factsOf, printFacts } from './facts.js';
import { takeLauncherLock } from './launcher-lock.js';
import { operator } from './operator.js';
import { explain, Stopped } from './problem.js';
import { seed } from './seed.js';
import { startSister } from './sister.js';
import { type ServiceContext, startApi, startWorker } from './services.js';
import { openStandIns } from './stand-ins.js';
import { openDatabase, openRedis, type Running, type Store } from './stores.js';
import { say, step } from './terminal.js';

/** What is brought up. */
interface LaunchOrder {
  root: string;
  /** The caller's environment. */
  env: NodeJS.ProcessEnv;
  /** Whether examples/sister runs beside the service. */
  withSister: boolean;
}

/**
 * Brings the whole service up, keeps it until `signal`, and brings it down again.
 * @returns the exit code: 0 after a stop that was asked for, 1 when something failed
 */
export async function launch(order: LaunchOrder, signal: AbortSignal): Promise<number> {
  const folder = dataFolder(order.root);
  makeDataFolder(folder);
  const unlock = takeLauncherLock(folder.lock);
  const running = new Set<Running>();
  try {
    forgetRun(folder);
    for (const path of [folder.facts, folder.env]) guardPath(path);
    await bringUp(order, folder, signal, running);
    return await keep(running, signal);
  } catch (error) {
    if (error instanceof Stopped) return 0;
    say(`\n${explain(error)}`);
    return 1;
  } finally {
    await bringDown(folder, running);
    unlock();
  }
}

async function bringUp(
  { root, env, withSister }: LaunchOrder,
  folder: DataFolder,
  signal: AbortSignal,
  running: Set<Running>,
): Promise<void> {
  const listeners = await chooseListeners(env);
  const kept = <S extends Store>(store: S): S => {
    if (store.running) running.add(store.running);
    return store;
  };
  const credentials = loadCredentials(credentialsFile(folder, env['DATABASE_URL']));
  const database = kept(
    await step('PostgreSQL ready', () => openDatabase(folder, env['DATABASE_URL'], credentials.postgresPassword)),
  );
  orStop(signal);
  const redis = kept(await step('Redis ready', () => openRedis(folder, env)));
  orStop(signal);

  const stores = { database: database.url, redis: redis.url };
  const settings = serviceEnvironment(folder, env, stores, listeners);
  const run = operator(join(root, 'dist/apps/cli/apps/cli/src/main.js'), { ...env, ...settings }, signal);
  // Elsewhere mails and SMS go where the configuration says.
  const ours = settings['NODE_ENV'] === 'development';
  const standIns = ours ? await step('mail catcher and SMS gateway ready', openStandIns) : undefined;
  if (standIns) running.add(standIns.running);
  await seed(run, settings, credentials, { standIns, withSister });

  const context: ServiceContext = {
    root,
    folder,
    callerEnv: env,
    environment: (ports) => ({ ...env, ...serviceEnvironment(folder, env, stores, ports) }),
    signal,
    onStart: (service) => running.add(service),
    onGone: (service) => running.delete(service),
  };
  const { api, listeners: actual } = await startApi(context, listeners);
  const { worker, managementPort: workerPort } = await startWorker(context, actual);
  const final = serviceEnvironment(folder, env, stores, actual);
  writeJson(folder.env, final);
  const facts = factsOf(final, actual, {
    credentials,
    standIns,
    workerPort,
    pids: { api: api.pid, worker: worker.pid },
  });
  orStop(signal);
  if (withSister) await addSister(context, facts, final, credentials.exampleAccount);
  orStop(signal);
  writeJson(folder.facts, facts);
  printFacts(facts);
}

/** The sister, once there is something beside which it can run. */
async function addSister(
  context: ServiceContext,
  facts: Facts,
  settings: Record<string, string>,
  account: Credentials['exampleAccount'],
): Promise<void> {
  const issuer = settings['JWT_ISSUER'] ?? '';
  const [audience = ''] = (settings['JWT_AUDIENCE'] ?? '').split(',');
  const { api, jwks } = facts;
  const { service, url } = await step('sister ready', () =>
    startSister(context, { api, jwks, issuer, audience, account }),
  );
  facts.sister = url;
  facts.pids.sister = service.pid;
}

/** Waits for the order to stop, or for the first process that ends without one. */
async function keep(running: Set<Running>, signal: AbortSignal): Promise<number> {
  const order = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const ended = await Promise.race([order, ...[...running].map((each) => each.exited.then(() => each))]);
  if (!ended) return 0;
  say(`\n${ended.name} ended unexpectedly, so everything is stopped. Its log ends with:\n${ended.lastLines()}`);
  return 1;
}

/** Last started, first stopped: what serves requests drains before its stores go. */
async function bringDown(folder: DataFolder, running: Set<Running>): Promise<void> {
  forgetRun(folder);
  if (running.size === 0) return;
  say('\nStopping …');
  const services = [...running].filter(({ name }) => ['sister', 'api', 'worker'].includes(name));
  await Promise.all(services.map((each) => each.stop()));
  await Promise.all([...running].filter((each) => !services.includes(each as never)).map((each) => each.stop()));
  say('Stopped. The data is kept in .data/.');
}

function orStop(signal: AbortSignal): void {
  if (signal.aborted) throw new Stopped();
}
