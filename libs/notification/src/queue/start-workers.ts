import { BullRegistrar } from '@nestjs/bullmq';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Database } from '@platform/database';

/** Takes jobs once PostgreSQL has answered: before, none could be marked, and each would only lose attempts. */
@Injectable()
export class StartWorkers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private ending = false;

  constructor(
    private readonly database: Database,
    private readonly registrar: BullRegistrar,
  ) {}

  onApplicationBootstrap(): void {
    void this.start();
  }

  beforeApplicationShutdown(): void {
    this.ending = true;
  }

  private async start(): Promise<void> {
    await this.database.connected();
    if (!this.ending) this.registrar.register();
  }
}
