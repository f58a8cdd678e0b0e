import type { RedisConnection } from '@platform/redis';
import { type CodeState, CodeStates } from '../application/code-states.js';
import type { Slot } from '../application/pending-codes.js';
import { answerOf } from './answer-of.js';
import { INSPECT } from './code-scripts.js';
import { lasting } from './lasting.js';
import { type SlotKeys, slotKeys } from './slot-keys.js';

type Times = [code: number, lock: number, cooldown: number, quota: number];

/** The script as ioredis adds it to its client. */
interface StateCommands {
  otpInspect(...keys: SlotKeys): Promise<[...Times, attempts: string | null, sent: string | null]>;
}

export class RedisCodeStates implements CodeStates {
  private readonly commands: StateCommands;

  constructor(private readonly client: RedisConnection) {
    client.defineCommand('otpInspect', { numberOfKeys: 5, lua: INSPECT });
    // defineCommand adds methods that the client's type cannot know of.
    this.commands = client as unknown as StateCommands;
  }

  async inspect(slot: Slot): Promise<CodeState> {
    const told = await answerOf(this.commands.otpInspect(...this.keys(slot)));
    const [code, lock, cooldown, quota, attempts, sent] = told;
    return {
      pending: lasting(code),
      attempts: Number(attempts ?? 0),
      lock: lasting(lock),
      cooldown: lasting(cooldown),
      sent: Number(sent ?? 0),
      quota: lasting(quota),
    };
  }

  async unlock(slot: Slot): Promise<boolean> {
    const [, , lock] = this.keys(slot);
    return (await answerOf(this.client.del(lock))) === 1;
  }

  private keys(slot: Slot): SlotKeys {
    return slotKeys(slot, this.client.isCluster);
  }
}
