import { Module } from '@nestjs/common';
import { CLOCK, SETTINGS, type Settings } from '@platform/config';
import type { Clock } from '@platform/kernel';
import { gauge, histogram } from '@platform/telemetry';
import { HashQueue } from './application/password/hash-queue.js';
import { PasswordHasher } from './application/password/password-hasher.js';
import { yieldToRequests } from './application/password/yield-to-requests.js';

/** Hashing alone: what the ways in and the operator's command make and check passwords with. */
@Module({
  providers: [
    {
      provide: HashQueue,
      inject: [SETTINGS, CLOCK],
      useFactory: async ({ password }: Settings, clock: Clock) => {
        await yieldToRequests();
        const durations = histogram('identity_password_hash_seconds', 'How long one hash took, its wait not counted.');
        const queue = new HashQueue({ ...password, clock, onDuration: (seconds) => durations.observe(seconds) });
        gauge('identity_password_hash_queue', 'Hashes that wait for a slot.', [], (length) => length.set(queue.length));
        return queue;
      },
    },
    PasswordHasher,
  ],
  exports: [PasswordHasher],
})
export class PasswordsModule {}
