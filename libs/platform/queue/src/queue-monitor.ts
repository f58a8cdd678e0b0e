import { Inject, Injectable } from '@nestjs/common';
import type { Job, Queue } from 'bullmq';
import { CLOCK } from '@platform/config';
import type { Clock } from '@platform/kernel';
import { gauge } from '@platform/telemetry';
import { Queues } from './queues.js';

const STATES = ['waiting', 'active', 'delayed', 'failed'] as const;
/** Jobs that are looked at for the oldest one. Those that wait are in the order they came, the others nearly so. */
const LOOK_AT = 20;

/** How full a queue is, and how long its oldest job has been there, in seconds. */
export interface QueueState {
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
  oldestJobAgeSeconds: number;
}

/** Measures the queues: for Prometheus at each scrape, and for what readiness tells. */
@Injectable()
export class QueueMonitor {
  constructor(
    private readonly queues: Queues,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    gauge('identity_queue_jobs', 'Jobs in a queue, by state.', ['queue', 'state'], async (jobs) => {
      // What Redis does not tell is absent: an old figure would look like a queue at rest.
      jobs.reset();
      for (const [queue, state] of Object.entries(await this.measure())) {
        for (const name of STATES) jobs.set({ queue, state: name }, state[name]);
      }
    });
    gauge('identity_queue_oldest_job_age_seconds', 'Age of the oldest job not done.', ['queue'], async (age) => {
      age.reset();
      for (const [queue, state] of Object.entries(await this.measure())) age.set({ queue }, state.oldestJobAgeSeconds);
    });
  }

  /** For readiness: depth and age are told, and never make a process unready. */
  async check(): Promise<{ status: 'up' | 'down'; queues: Record<string, QueueState> }> {
    const queues = await this.measure();
    return { status: Object.keys(queues).length === this.queues.names.length ? 'up' : 'down', queues };
  }

  /** The queues that could be asked, by name. */
  async measure(): Promise<Record<string, QueueState>> {
    const measured = await Promise.allSettled(
      this.queues.names.map(
        async (name) => [name, await this.queues.within(this.measureOne(this.queues.get(name)))] as const,
      ),
    );
    return Object.fromEntries(measured.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
  }

  private async measureOne(queue: Queue): Promise<QueueState> {
    const [counts, jobs] = await Promise.all([
      queue.getJobCounts(...STATES),
      queue.getJobs(['waiting', 'active', 'delayed'], 0, LOOK_AT - 1, true) as Promise<(Job | undefined)[]>,
    ]);
    const added = jobs.flatMap((job) => (job ? [job.timestamp] : []));
    const now = this.clock.now().getTime();
    return {
      waiting: counts['waiting'] ?? 0,
      active: counts['active'] ?? 0,
      delayed: counts['delayed'] ?? 0,
      failed: counts['failed'] ?? 0,
      oldestJobAgeSeconds: Math.max(0, (now - Math.min(now, ...added)) / 1000),
    };
  }
}
