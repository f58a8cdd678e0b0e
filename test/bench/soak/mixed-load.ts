import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Traffic } from '../children/mixed/caller.ts';
import { configureMail } from '../support/mail.ts';
import { createSister } from '../support/sister.ts';
import { configureSms } from '../support/sms.ts';
import type { Stage } from '../support/stage.ts';
import { devicesFile } from './devices.ts';

/** A process of the service under load, and what tells about it. */
export interface Watched {
  name: string;
  pid: number;
  metricsUrl: string;
  logFile: string;
}

export interface MixedLoad {
  processes: Watched[];
  /** What was done since the last time. */
  take(): Promise<Traffic>;
  /** Lets every journey come to its end. */
  stop(): Promise<Traffic>;
}

/** As on a pod of the chart: behind a proxy, one of several, with the heap that the entry point gives under a limit of 1 GiB. */
const SETTINGS = {
  TRUSTED_PROXY_HOPS: '1',
  SNOWFLAKE_WORKER_ID: 'auto',
  NODE_OPTIONS: '--max-old-space-size=800',
};

/** Starts so many APIs and a worker with production's settings, and has people and sisters use all of it. */
export async function startMixedLoad(stage: Stage, apis: number): Promise<MixedLoad> {
  const load = stage.startChild('load-mixed.ts');
  const [mail, sms] = [await stage.freePort(), await stage.freePort()];
  await load.ask({ do: 'listen', mail, sms });
  await configureMail(stage, mail);
  await configureSms(stage, sms);
  const authorization = await createSister(stage, stage.databaseUrl);
  const file = join(stage.folder, 'devices.csv');
  writeFileSync(file, devicesFile());
  await stage.identity('policies', 'import', file, '--create-missing');
  const processes: Watched[] = [];
  const watch = async (app: 'api' | 'worker', called: string, start: (port: string) => Promise<{ pid: number }>) => {
    const port = String(await stage.freePort());
    const { pid } = await start(port);
    const logFile = join(stage.folder, `${app}-${port}.log`);
    processes.push({ name: called, pid, metricsUrl: `http://127.0.0.1:${port}/metrics`, logFile });
  };
  const origins: string[] = [];
  for (let at = 1; at <= apis; at += 1)
    await watch('api', `API ${at}`, async (port) => {
      const api = await stage.startApi({ ...SETTINGS, MANAGEMENT_PORT: port });
      origins.push(api.origin);
      return api;
    });
  await watch('worker', 'worker', (port) => stage.startWorker({ ...SETTINGS, MANAGEMENT_PORT: port }));
  await load.ask({ do: 'start', origins, authorization });
  return { processes, take: () => load.ask({ do: 'take' }), stop: () => load.ask({ do: 'stop' }) };
}
