import { Module } from '@nestjs/common';
import { type Configuration, Configurations } from './application/configuration/configurations.js';
import { notConfigured } from './application/delivery/not-configured.js';
import { type SmsOutcome, SmsSender } from './application/sms/sms-sender.js';

class NoConfigurations extends Configurations {
  async find(): Promise<Configuration | undefined> {
    return await Promise.resolve(undefined);
  }

  async listGroup(): Promise<Configuration[]> {
    return await Promise.resolve([]);
  }
}

class NoSmsSender extends SmsSender {
  async send(): Promise<SmsOutcome> {
    return await Promise.reject(notConfigured('of an SMS provider'));
  }
}

/** Nothing is configured: messages wait. What is bound beside it comes before it. */
@Module({
  providers: [
    { provide: Configurations, useClass: NoConfigurations },
    { provide: SmsSender, useClass: NoSmsSender },
  ],
  exports: [Configurations, SmsSender],
})
export class UnconfiguredModule {}
