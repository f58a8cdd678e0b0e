import { setTimeout as delay } from 'node:timers/promises';
import { poll } from '@platform/testing';
import { freeze, killWithChildren, thaw } from '../../support/outages.js';
import type { Line } from '../../support/line.js';
import type { SpawnedService } from '../../support/spawn-service.js';
import { nameOf } from './table.js';
import type { Fault, Stage } from './stage.js';

/** More than a statement, and more than a command of Redis, may take. */
const SLOW_MS = 500;
const CUT_EACH_MS = 300;
/** As long as nobody waits for an answer that does not come. */
const LATE_MS = 4000;
const [RUN_MS, STOP_MS] = [50, 150];

const postgres: Record<string, Fault> = {
  'stopped, started again': {
    begin: ({ stores }) => stores.postgres.stop(),
    end: ({ stores }) => stores.startPostgres(),
  },
  'killed, started again': {
    begin: async ({ stores: { postgres: server } }) => {
      killWithChildren(server.pid());
      await server.exited;
    },
    end: ({ stores }) => stores.startPostgres(),
  },
  frozen: {
    begin: ({ stores: { postgres: server } }) => freeze(server.pid()),
    end: ({ stores: { postgres: server } }) => thaw(server.pid()),
  },
  ...disturbed(({ stores: { lines } }) => lines.postgres),
};

const redis: Record<string, Fault> = {
  'stopped, started again': { begin: ({ stores }) => stores.redis.stop(), end: ({ stores }) => stores.startRedis() },
  'killed, started again': {
    begin: async ({ stores: { redis: server } }) => {
      server.kill('SIGKILL');
      await server.exited;
    },
    end: ({ stores }) => stores.startRedis(),
  },
  frozen: {
    begin: ({ stores: { redis: server } }) => freeze(server.pid),
    end: ({ stores: { redis: server } }) => thaw(server.pid),
  },
  ...disturbed(({ stores: { lines } }) => lines.redis),
};

const provider = (channel: 'mail' | 'sms'): Record<string, Fault> => {
  const line = ({ stores }: Stage) => stores.lines[channel];
  return {
    'stopped, started again': { begin: (stage) => line(stage).close(), end: (stage) => line(stage).open() },
    frozen: { begin: (stage) => line(stage).freeze(), end: (stage) => line(stage).thaw() },
    ...disturbed(line),
    'takes messages, its answers are lost': {
      begin: (stage) => stage.stores[channel].behave({ mode: 'accept', delayMs: LATE_MS }),
      end: async (stage) => {
        await stage.stores[channel].behave({ mode: 'accept' });
        line(stage).cut();
      },
    },
  };
};

const api: Record<string, Fault> = {
  'stopped, started again': {
    begin: async (stage) => {
      stage.silent.add(0);
      await stopped(stage.apis[0]!);
    },
    end: (stage) => stage.startApi(0),
  },
  'killed, started again': {
    begin: async (stage) => {
      stage.silent.add(0);
      await killed(stage.apis[0]!);
    },
    end: (stage) => stage.startApi(0),
  },
  ...slowed(({ apis }) => apis[0]!),
};

const worker: Record<string, Fault> = {
  'stopped, started again': { begin: ({ worker: process }) => stopped(process), end: (stage) => stage.startWorker() },
  'killed while it sends, started again': {
    begin: async (stage) => {
      const sinks = [stage.stores.mail, stage.stores.sms];
      await Promise.all(sinks.map((sink) => sink.behave({ mode: 'accept', delayMs: LATE_MS })));
      await poll('messages under way', 30, async () => {
        const open = await stage.sql<{ channel: string }>(
          `SELECT DISTINCT channel FROM identity."NotificationSend" WHERE outcome IS NULL`,
        );
        return open.length === 2 || undefined;
      });
      await killed(stage.worker);
      await Promise.all(sinks.map((sink) => sink.behave({ mode: 'accept' })));
    },
    end: (stage) => stage.startWorker(),
  },
  ...slowed(({ worker: process }) => process),
};

const FAULTS: Record<string, Record<string, Fault>> = {
  PostgreSQL: postgres,
  Redis: redis,
  'SMTP server': provider('mail'),
  'SMS gateway': provider('sms'),
  API: api,
  worker,
  'PostgreSQL behind PgBouncer': postgres,
};

/** @throws Error when the table names a fault that nothing makes */
export function faultOf(row: { part: string; fault: string }, stage: Stage): Fault {
  const fault = stage.faults[row.fault] ?? FAULTS[row.part]?.[row.fault];
  if (!fault) throw new Error(`nothing makes ${nameOf(row)}`);
  return fault;
}

/** A line that is slow, and one that breaks. */
function disturbed(lineOf: (stage: Stage) => Line): Record<string, Fault> {
  return {
    'half a second more each way': {
      begin: (stage) => lineOf(stage).slow(SLOW_MS),
      end: (stage) => lineOf(stage).slow(0),
    },
    'connections cut again and again': again(async (stage, isOver) => {
      while (!isOver()) {
        lineOf(stage).cut();
        await delay(CUT_EACH_MS);
      }
    }),
  };
}

/** A process that does nothing for a while, and one that gets hardly any of its processor. */
function slowed(processOf: (stage: Stage) => SpawnedService): Record<string, Fault> {
  return {
    frozen: {
      begin: (stage) => processOf(stage).signal('SIGSTOP'),
      end: (stage) => processOf(stage).signal('SIGCONT'),
    },
    'runs a quarter of the time': again(async (stage, isOver) => {
      const { signal } = processOf(stage);
      while (!isOver()) {
        signal('SIGSTOP');
        await delay(STOP_MS);
        signal('SIGCONT');
        await delay(RUN_MS);
      }
    }),
  };
}

/** What is done until the fault is over. */
function again(work: (stage: Stage, isOver: () => boolean) => Promise<void>): Fault {
  let over = new AbortController();
  let working = Promise.resolve();
  return {
    begin: (stage) => {
      const { signal } = (over = new AbortController());
      working = work(stage, () => signal.aborted);
    },
    end: async () => {
      over.abort();
      await working;
    },
  };
}

/** @throws Error when it has to be killed */
async function stopped(service: SpawnedService): Promise<void> {
  await service.stop(30);
  const { signal } = await service.ended;
  if (signal !== 'SIGTERM') throw new Error(`it did not end in good order, but by ${signal}`);
}

async function killed(service: SpawnedService): Promise<void> {
  service.signal('SIGKILL');
  await service.ended;
}
