import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { SETTINGS, type Settings } from '@platform/config';
import type { RedisConnection } from '@platform/redis';
import { connectWorkers, queuePrefix } from './connect-workers.js';
import { GracefulWorker } from './graceful-worker.js';
import { QueueMonitor } from './queue-monitor.js';
import { QUEUE_NAMES, Queues } from './queues.js';

const WORKER_CONNECTION = Symbol('queue-worker-connection');

/** Queues for those who add jobs to them or watch them. */
@Module({})
export class QueueModule {
  static register(names: string[]): DynamicModule {
    return {
      module: QueueModule,
      providers: [{ provide: QUEUE_NAMES, useValue: names }, Queues, QueueMonitor],
      exports: [Queues, QueueMonitor],
    };
  }
}

@Module({
  providers: [
    {
      provide: WORKER_CONNECTION,
      inject: [SETTINGS],
      useFactory: ({ redis }: Settings) => connectWorkers(redis),
    },
  ],
  exports: [WORKER_CONNECTION],
})
class WorkerConnectionModule implements OnApplicationShutdown {
  constructor(@Inject(WORKER_CONNECTION) private readonly connection: RedisConnection) {}

  onApplicationShutdown(): void {
    this.connection.disconnect();
  }
}

/**
 * What classes with `@Processor` run on. They begin when `BullRegistrar.register` is called, not by themselves: a
 * worker without PostgreSQL would take jobs only to put them back.
 */
@Module({})
export class QueueWorkerModule {
  static register(): DynamicModule {
    BullModule.workerClass = GracefulWorker;
    return {
      module: QueueWorkerModule,
      imports: [
        BullModule.forRootAsync({
          imports: [WorkerConnectionModule],
          inject: [SETTINGS, WORKER_CONNECTION],
          useFactory: ({ redis }: Settings, connection: RedisConnection) => ({
            connection,
            prefix: queuePrefix(redis),
          }),
          extraOptions: { manualRegistration: true },
        }),
        // No queue: processors would take over its connection, on which nothing may wait. It brings their machinery.
        BullModule.registerQueue(),
      ],
    };
  }
}
