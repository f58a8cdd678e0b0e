import { randomUUID } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import type { Lane } from '../../application/throttle/lanes.js';
import type { LimitsOfLane, ReserveAnswer, ThrottleStore } from '../../application/throttle/throttle-store.js';
import { FAIL, RELEASE, RESERVE } from './throttle-scripts.js';

/** The scripts as ioredis adds them to its client: sent once, then called by their digest. */
interface ThrottleCommands {
  throttleReserve(key: string, max: number, windowMs: number, window: string): Promise<[1, string] | [0 | -1, number]>;
  throttleFail(
    key: string,
    max: number,
    windowMs: number,
    lockMs: number,
    window: string,
    fresh: string,
  ): Promise<number>;
  throttleRelease(key: string, window: string): Promise<number>;
}

const KEY_PREFIX = 'auth:throttle:';

/** Counts in Redis, for all processes together: one key for each lane, one script for each decision. */
export class RedisThrottleStore implements ThrottleStore {
  private readonly commands: ThrottleCommands;

  /** @param client connected by the caller, with a command timeout; a Cluster serves too */
  constructor(
    private readonly client: Redis | Cluster,
    private readonly limits: LimitsOfLane,
  ) {
    client.defineCommand('throttleReserve', { numberOfKeys: 1, lua: RESERVE });
    client.defineCommand('throttleFail', { numberOfKeys: 1, lua: FAIL });
    client.defineCommand('throttleRelease', { numberOfKeys: 1, lua: RELEASE });
    // defineCommand adds methods that the client's type cannot know of.
    this.commands = client as unknown as ThrottleCommands;
  }

  async reserve(lane: Lane): Promise<ReserveAnswer> {
    const { maxFailures, windowMs } = this.limits(lane);
    const answer = await this.commands.throttleReserve(key(lane), maxFailures, windowMs, randomUUID());
    if (answer[0] === 1) return { granted: true, window: answer[1] };
    return { granted: false, locked: answer[0] === 0, retryAfterMs: answer[1] };
  }

  async fail(lane: Lane, window: string): Promise<void> {
    const { maxFailures, windowMs, lockMs } = this.limits(lane);
    await this.commands.throttleFail(key(lane), maxFailures, windowMs, lockMs, window, randomUUID());
  }

  async release(lane: Lane, window: string): Promise<void> {
    await this.commands.throttleRelease(key(lane), window);
  }

  async clear(lane: Lane): Promise<void> {
    await this.client.del(key(lane));
  }
}

function key(lane: Lane): string {
  return `${KEY_PREFIX}${lane}`;
}
