import type { Channel } from '../message-order.js';

/** A message that was given up. Of address and values it tells nothing. */
export interface FailedMessage {
  /** Of its job. */
  id: string;
  /** What it would have been, for an account that is active. */
  template: string | null;
  attempts: number;
  reason: string;
  failedAt: Date;
  /** A code: whoever waits for it has asked for another one since. */
  isCode: boolean;
  /** Whether what it would send is still there. */
  isWhole: boolean;
}

/** How a queue stands. */
export interface QueueStanding {
  queue: string;
  state: 'running' | 'paused';
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
  completed: number;
  /** Of the job that waits longest; null when none does. */
  oldestSeconds: number | null;
}

/** The queues as an operator sees them. Every method may throw DomainError `redis.unavailable`. */
export abstract class FailedMessages {
  abstract readonly queues: readonly Channel[];
  abstract standing(queue: Channel): Promise<QueueStanding>;
  /** The first so many, the last failure first. */
  abstract recent(queue: Channel, limit: number): Promise<FailedMessage[]>;
  abstract ids(queue: Channel): Promise<string[]>;
  abstract find(queue: Channel, id: string): Promise<FailedMessage | undefined>;
  /** Puts it back among those that wait, with all of its attempts. @returns whether it was still a failed one */
  abstract putBack(queue: Channel, id: string): Promise<boolean>;
}
