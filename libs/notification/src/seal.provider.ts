import type { FactoryProvider } from '@nestjs/common';
import { readRotatableSecret, SETTINGS, type Settings } from '@platform/config';
import { MessageSeal } from './application/message-seal.js';
import { SecretBox } from './domain/secret-box.js';

/** Under the configuration key: API and worker have it both. */
export const sealProvider: FactoryProvider<MessageSeal> = {
  provide: MessageSeal,
  inject: [SETTINGS],
  useFactory: ({ configurationKeyFile }: Settings) =>
    new MessageSeal(new SecretBox(readRotatableSecret(configurationKeyFile), 'job')),
};
